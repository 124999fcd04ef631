import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Guest } from '../lab/guest.ts';
import type { Mac } from '../lab/ethernet.ts';
import type { Host } from '../lab/host.ts';
import { Lab } from '../lab/lab.ts';
import { networkXml } from '../lab/libvirt-xml.ts';
import { until } from '../lab/until.ts';
import { AgentOn } from '../support/agent-on.ts';
import type { AgentOnOptions } from '../support/agent-on.ts';
import { findPort, portOf } from './births.ts';
import { BORN_PARKED, ISOLATED, NETWORK } from './scene.ts';
import { Timeline } from './timeline.ts';
import type { Birth } from './timeline.ts';

/** How long ports stay unprotected when one source alone tells their portgroup. */
export interface LadderRow {
  readonly rung: string;
  /** The source that the agent named for every one of the ports. */
  readonly source: string;
  readonly births: readonly Birth[];
}

interface Rung {
  readonly name: string;
  /** What the agent is given of libvirt. */
  readonly libvirt: (host: Host) => Promise<AgentOnOptions['libvirt']> | AgentOnOptions['libvirt'];
  /** How a guest's NIC is plugged; without it the port is plugged by ovs-vsctl. */
  readonly nic?: RungNic;
}

interface RungNic {
  readonly network: string;
  readonly portgroup?: string;
}

interface Newborn {
  readonly name: string;
  readonly mac: Mac;
}

/** A network with a default portgroup. */
const WITH_DEFAULT = 'default-isolated';

const NAMED = { network: NETWORK, portgroup: ISOLATED };

/** From the earliest source to the last. */
const LADDER: readonly Rung[] = [
  { name: 'port-profile, plugged by ovs-vsctl', libvirt: () => 'none' },
  { name: 'port-profile, plugged by libvirt', libvirt: () => 'none', nic: { network: NETWORK, portgroup: 'profiled' } },
  { name: 'port-profile, born parked', libvirt: () => 'none', nic: { network: NETWORK, portgroup: BORN_PARKED } },
  { name: 'network port file', libvirt: (host) => only(host, { state: 'network' }), nic: NAMED },
  { name: 'live domain status', libvirt: (host) => only(host, { state: 'qemu' }), nic: NAMED },
  { name: 'persistent domain', libvirt: (host) => only(host, { config: 'qemu' }), nic: NAMED },
  {
    name: "network's default portgroup",
    libvirt: (host) => only(host, { state: 'network' }),
    nic: { network: WITH_DEFAULT },
  },
  {
    name: 'virsh -r',
    libvirt: async (host) => ({ ...(await only(host, {})), virsh: { uri: host.libvirt.readOnlyUri } }),
    nic: NAMED,
  },
];

/** Lets `times` ports, 256 at most, be born for each rung; `note` is told of each before. */
export async function measureLadder(times: number, note: (text: string) => void): Promise<readonly LadderRow[]> {
  const lab = await Lab.create();
  try {
    const host = await lab.host('a');
    await host.addBridge('br0');
    const libvirt = await host.startLibvirt();
    const portgroups = [
      { name: ISOLATED },
      { name: 'profiled', profileId: ISOLATED },
      { name: BORN_PARKED, profileId: ISOLATED, bornParked: true },
    ];
    await libvirt.defineNetwork(networkXml(NETWORK, { portgroups }));
    await libvirt.defineNetwork(networkXml(WITH_DEFAULT, { portgroups: [{ name: ISOLATED, isDefault: true }] }));
    const rows: LadderRow[] = [];
    for (const [number, rung] of LADDER.entries()) {
      note(`portgroup by ${rung.name}`);
      rows.push(await measureRung(host, rung, number, times));
    }
    return rows;
  } finally {
    await lab.close();
  }
}

async function measureRung(host: Host, rung: Rung, number: number, times: number): Promise<LadderRow> {
  const agent = await AgentOn.start(host, { libvirt: (await rung.libvirt(host)) ?? 'none' });
  const timeline = await Timeline.of(host);
  const ends: Promise<void>[] = [];
  try {
    const births: Birth[] = [];
    const sources = new Set<string | undefined>();
    for (let time = 0; time < times; time += 1) {
      const begin = performance.now();
      // Each NIC is a new one: what was told of an earlier one is no answer, and nobody has to wait for its end.
      const newborn = { name: `newborn-${number}-${time}`, mac: macOf(time) };
      const end = rung.nic === undefined ? await plug(host, newborn) : await start(host, newborn, rung.nic);
      const born = (): Birth | undefined => timeline.birth(newborn.mac, begin);
      births.push(await until(`a birth by ${rung.name}`, born, { timeout: 20_000 }));
      sources.add(await sourceOf(host, newborn, agent));
      ends.push(end());
    }
    return { rung: rung.name, source: [...sources].join(), births };
  } finally {
    await Promise.all(ends);
    await timeline.close();
    await agent.stop();
  }
}

function macOf(number: number): Mac {
  return `52:54:00:00:2a:${number.toString(16).padStart(2, '0')}`;
}

async function plug(host: Host, { name, mac }: Newborn): Promise<() => Promise<void>> {
  const endpoint = await host.plug({ name, mac, portProfile: ISOLATED });
  return () => endpoint.unplug();
}

async function start(host: Host, { name, mac }: Newborn, nic: RungNic): Promise<() => Promise<void>> {
  const guest = new Guest(host, { name, nics: [{ ...nic, mac }] });
  await guest.launch();
  return async () => {
    await host.libvirt.killGuest(name);
    await until('its port to be gone', async () => (await findPort(host, mac)) === undefined);
  };
}

async function sourceOf(host: Host, { mac }: Newborn, agent: AgentOn): Promise<string | undefined> {
  const name = await portOf(host, mac);
  const ports = agent.agent.status().bridges.flatMap((bridge) => bridge.ports);
  return ports.find((port) => port.name === name)?.source;
}

/** Folders through which the agent sees a part of libvirt's, and nothing else of it. */
async function only(
  host: Host,
  { state, config }: { readonly state?: string; readonly config?: string },
): Promise<{ readonly stateDir: string; readonly configDir: string; readonly virsh: false }> {
  const { libvirt } = host;
  const folder = await mkdtemp(join(host.folder, 'rung-'));
  const [stateDir, configDir] = [join(folder, 'state'), join(folder, 'config')];
  await mkdir(stateDir);
  await mkdir(configDir);
  if (state !== undefined) await symlink(join(libvirt.stateDir, state), join(stateDir, state));
  if (config !== undefined) await symlink(join(libvirt.configDir, config), join(configDir, config));
  return { stateDir, configDir, virsh: false };
}
