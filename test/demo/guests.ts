import { Guest } from '../lab/guest.ts';
import { networkXml } from '../lab/libvirt-xml.ts';
import { AgentProcess } from './agent-process.ts';
import { PRIMARY, ROUTER_MAC } from './cast.ts';
import { bareHosts, hintsFor } from './hypervisors.ts';
import { PingTable } from './ping-table.ts';
import { part, say, step } from './say.ts';
import type { Host } from '../lab/host.ts';
import type { Lab } from '../lab/lab.ts';
import type { Station } from './ping-table.ts';
import type { Story } from './story.ts';

const NETWORK = 'lan';
const ISOLATED = `isolated-${PRIMARY}`;
const PROMISCUOUS = `promisc-${PRIMARY}`;

/** Name, hypervisor, portgroup, MAC and address of each guest. */
const GUESTS = [
  { name: 'alice', on: 0, portgroup: ISOLATED, mac: '52:54:00:00:00:01', ip: '10.0.0.1' },
  { name: 'bob', on: 0, portgroup: ISOLATED, mac: '52:54:00:00:00:02', ip: '10.0.0.2' },
  { name: 'carol', on: 1, portgroup: ISOLATED, mac: '52:54:00:00:00:03', ip: '10.0.0.3' },
  { name: 'router', on: 1, portgroup: PROMISCUOUS, mac: ROUTER_MAC, ip: '10.0.0.254' },
] as const;

/** Two hypervisors with libvirt, and guests that boot a kernel and ping each other. */
export async function guests(lab: Lab): Promise<Story> {
  part('Guests: two hypervisors with libvirt and QEMU, a physical switch between them');
  step('starting Open vSwitch and libvirtd for each, in namespaces and folders of their own');
  const hosts = [await lab.host('a'), await lab.host('b')];
  await lab.upstream(hosts);
  const xml = networkXml(NETWORK, { portgroups: [{ name: ISOLATED }, { name: PROMISCUOUS }] });
  for (const host of hosts) await (await host.startLibvirt()).defineNetwork(xml);
  step(`booting ${GUESTS.map(({ name }) => name).join(', ')}`);
  const stations = await Promise.all(GUESTS.map((guest) => boot(hosts, guest)));
  for (const { name, on, portgroup, ip } of GUESTS) {
    say(`  ${name.padEnd(8)}${ip.padEnd(13)}portgroup ${portgroup.padEnd(15)}hypervisor ${hosts[on]?.name ?? ''}`);
  }
  return tell(hosts, stations);
}

async function boot(
  hosts: readonly Host[],
  { name, on, portgroup, mac, ip }: (typeof GUESTS)[number],
): Promise<Station> {
  const host = hosts[on];
  if (host === undefined) throw new Error(`there is no hypervisor for ${name}`);
  const guest = new Guest(host, {
    name,
    nics: [{ network: NETWORK, portgroup, mac }],
    addresses: [[`${ip}/24`]],
  });
  await guest.start(120_000);
  return { guest, ip, mac, promiscuous: portgroup === PROMISCUOUS };
}

async function tell(hosts: readonly Host[], stations: readonly Station[]): Promise<Story> {
  const measure = async (policy: (from: Station, to: Station) => boolean): Promise<PingTable> => {
    step('every guest pings every other');
    const table = await PingTable.take(stations, policy);
    say(`\n${table.text()}`);
    return table;
  };
  const privateVlan = (from: Station, to: Station): boolean => from.promiscuous || to.promiscuous;

  part('1. Before: no agent');
  const before = await measure(privateVlan);

  part('2. After: pvlan-agent on both hypervisors');
  const agents = await startAgents(hosts, stations);
  const after = await measure(privateVlan);
  for (const agent of agents) {
    say(`\n$ pvlan-agent status        (hypervisor ${agent.host.name})`);
    say(await agent.status());
  }

  part('3. Worst case: agents killed, every flow deleted, only actions=NORMAL left');
  await bareHosts(agents);
  const bare = await measure(() => false);

  part('4. Recovery: the agents start anew');
  const back = await startAgents(hosts, stations);
  const recovered = await measure(privateVlan);
  // A guest's console takes one visitor at a time.
  for (const { guest } of stations) guest.close();
  return {
    forbidden: after.forbidden + bare.forbidden + recovered.forbidden,
    missing: after.missing + bare.missing + recovered.missing,
    doubled: 0,
    openBefore: before.forbidden > 0,
    hints: [...back.flatMap(hintsFor), ...stations.flatMap(consoleHint)],
  };
}

async function startAgents(hosts: readonly Host[], stations: readonly Station[]): Promise<AgentProcess[]> {
  step('starting node dist/pvlan-agent.mjs run, one for each hypervisor; libvirt tells it the portgroups');
  const agents = await Promise.all(hosts.map((host) => AgentProcess.start(host, { libvirt: true })));
  step('waiting until every port is installed');
  for (const agent of agents) {
    const own = stations.filter((station) => station.guest.host === agent.host);
    await agent.installed(await Promise.all(own.map(({ guest, mac }) => portOf(guest.host, mac))));
  }
  return agents;
}

async function portOf(host: Host, mac: string): Promise<string> {
  return host.vsctl('--bare', '--columns=name', 'find', 'Interface', `external_ids:attached-mac="${mac}"`);
}

function consoleHint({ guest }: Station): string[] {
  const { host, name } = guest;
  return [
    `guest ${name}: a shell without prompt and echo`,
    `  socat - UNIX-CONNECT:${host.folder}/run/guest/${name}.sock`,
    `  virsh -c '${host.libvirt.uri}' dumpxml ${name}`,
  ];
}
