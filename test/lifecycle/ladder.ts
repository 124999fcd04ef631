import { Guest } from '../lab/guest.ts';
import type { Mac } from '../lab/ethernet.ts';
import type { Host } from '../lab/host.ts';
import { Lab } from '../lab/lab.ts';
import { networkXml, nicXml } from '../lab/libvirt-xml.ts';
import { until } from '../lab/until.ts';
import { AgentOn } from '../support/agent-on.ts';
import { hasPort, portOf } from './newborn.ts';
import { LADDER, waysOf, WITH_DEFAULT } from './rungs.ts';
import type { Rung, RungNic, Way } from './rungs.ts';
import { BORN_PARKED, ISOLATED, NETWORK } from './scene.ts';
import { Timeline } from './timeline.ts';
import type { Birth } from './timeline.ts';

/** How long ports stay unprotected when one source alone tells their portgroup. */
export interface LadderRow {
  readonly rung: string;
  /** How the ports were born: with their guests, or plugged into one that ran; ovs-vsctl plugs ports without guests. */
  readonly way: Way;
  /** The source that the agent named for every one of the ports. */
  readonly source: string;
  readonly births: readonly Birth[];
}

interface Newborn {
  readonly name: string;
  readonly mac: Mac;
}

/** Lets `times` ports, 16 at most, be born for each rung in each way; `note` is told of each before. */
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
      for (const way of waysOf(rung)) {
        note(`portgroup by ${rung.name}, ${way}`);
        rows.push(await measureRung(host, rung, { way, number, times }));
      }
    }
    return rows;
  } finally {
    await lab.close();
  }
}

async function measureRung(
  host: Host,
  rung: Rung,
  { way, number, times }: { readonly way: Way; readonly number: number; readonly times: number },
): Promise<LadderRow> {
  const agent = await AgentOn.start(host, { libvirt: (await rung.libvirt(host)) ?? 'none' });
  const timeline = await Timeline.of(host);
  const ends: Promise<void>[] = [];
  const mother = new Guest(host, { name: `mother-${number}`, nics: [] });
  if (way === 'hotplug') await mother.launch();
  const births: Birth[] = [];
  try {
    const sources = new Set<string | undefined>();
    for (let time = 0; time < times; time += 1) {
      const begin = performance.now();
      // Each NIC is a new one: what was told of an earlier one is no answer, and nobody has to wait for its end.
      const newborn = { name: `newborn-${number}-${time}`, mac: macOf(time) };
      const end = await bear(host, newborn, { rung, way, mother });
      const born = (): Birth | undefined => timeline.birth(newborn.mac, begin);
      births.push(await until(`a birth by ${rung.name}`, born, { timeout: 20_000 }));
      sources.add(await sourceOf(host, newborn, agent));
      ends.push(end());
    }
    return { rung: rung.name, way, source: [...sources].join(), births };
  } finally {
    await Promise.all(ends);
    if (way === 'hotplug') await endGuest(host, mother.name, ...births.map((_, time) => macOf(time)));
    await timeline.close();
    await agent.stop();
  }
}

/** Returns what takes the port away again. */
async function bear(
  host: Host,
  newborn: Newborn,
  { rung, way, mother }: { readonly rung: Rung; readonly way: Way; readonly mother: Guest },
): Promise<() => Promise<void>> {
  if (rung.nic === undefined) return plug(host, newborn);
  if (way === 'start') return start(host, newborn, rung.nic);
  await mother.attachNic(nicXml({ ...rung.nic, mac: newborn.mac }));
  // They all go with the guest.
  return () => Promise.resolve();
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
  return () => endGuest(host, name, mac);
}

async function endGuest(host: Host, name: string, ...macs: readonly Mac[]): Promise<void> {
  await host.libvirt.killGuest(name);
  for (const mac of macs) await until('its port to be gone', async () => !(await hasPort(host, mac)));
}

async function sourceOf(host: Host, { mac }: Newborn, agent: AgentOn): Promise<string | undefined> {
  const name = await portOf(host, mac);
  const ports = agent.agent.status().bridges.flatMap((bridge) => bridge.ports);
  return ports.find((port) => port.name === name)?.source;
}
