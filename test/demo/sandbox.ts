import { Prober } from '../lab/probe.ts';
import { AgentProcess } from './agent-process.ts';
import { OTHER_VLAN, PRIMARY, ROUTER_MAC, everyone, failedClosed, privateVlan } from './cast.ts';
import { FRAME_KINDS, attackersAside } from './frame-kinds.ts';
import { Measurement } from './measurement.ts';
import { bareHosts, hintsFor } from './hypervisors.ts';
import { part, say, step } from './say.ts';
import type { Counts } from './measurement.ts';
import type { Cast } from './cast.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import type { Host } from '../lab/host.ts';
import type { Lab } from '../lab/lab.ts';
import type { Policy } from '../lab/cell.ts';
import type { Story } from './story.ts';

const PICTURE = `
  hypervisor a                 physical switch                 hypervisor b
  a1, a2  isolated-${PRIMARY}                              b1, b2  isolated-${PRIMARY}
  a${OTHER_VLAN}    VLAN ${OTHER_VLAN}                                   b${OTHER_VLAN}    VLAN ${OTHER_VLAN}
    └── br0 ───────────────────── sw0 ─────────────────────── br0 ──┘
                                   └── router, access port in VLAN ${PRIMARY}`;

/** Two hypervisors whose guests are bare ports: frames go in and come out one by one, and each is accounted for. */
export async function sandbox(lab: Lab): Promise<Story> {
  part('Sandbox: two hypervisors, a physical switch, a router');
  step('starting ovsdb-server and ovs-vswitchd for each, in namespaces and folders of their own');
  const hosts = [await lab.host('a'), await lab.host('b')];
  const upstream = await lab.upstream(hosts);
  step('plugging guests in as libvirt does');
  const isolated: Endpoint[] = [];
  const unmanaged: Endpoint[] = [];
  for (const host of hosts) {
    const mac = (last: string): string => `02:00:00:00:0${host.name}:${last}`;
    for (const number of [1, 2]) {
      const name = `${host.name}${number}`;
      isolated.push(await host.plug({ name, mac: mac(`0${number}`), portProfile: `isolated-${PRIMARY}` }));
    }
    unmanaged.push(await host.plug({ name: `${host.name}${OTHER_VLAN}`, mac: mac('64'), tag: OTHER_VLAN }));
  }
  const router = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: PRIMARY });
  say(PICTURE);
  return tell(lab, hosts, { isolated, unmanaged, router });
}

async function tell(lab: Lab, hosts: readonly Host[], cast: Cast): Promise<Story> {
  const prober = new Prober(lab.hosts);
  const measure = async (policy: Policy): Promise<Measurement> => {
    step(`sending ${FRAME_KINDS.length} kinds of frames between all of them`);
    const measurement = await Measurement.take(prober, everyone(cast), attackersAside(policy, cast));
    say(`\n${measurement.text()}`);
    return measurement;
  };

  part('1. Before: no agent. The portgroup is a mere name, and the ports carry every VLAN');
  say(
    '  A letter says that this kind of frame arrived, . that it rightly did not, ? that it should have; ! marks forbidden ones.',
  );
  const before = await measure(privateVlan(cast));

  part('2. After: pvlan-agent on both hypervisors');
  const agents = await startAgents(hosts, cast);
  const after = await measure(privateVlan(cast));
  say(`\n$ pvlan-agent status        (hypervisor ${hosts[0]?.name ?? ''})`);
  say((await agents[0]?.status()) ?? '');

  part('3. Worst case: agents killed, every flow deleted, only actions=NORMAL left');
  await bareHosts(agents);
  const bare = await measure(failedClosed(cast));
  say(
    `\n  isolated → isolated: ${bare.between(cast.isolated, cast.isolated)} frames. Parked ports stay closed by their OVSDB rows alone.`,
  );

  part('4. Recovery: the agents start anew');
  const back = await startAgents(hosts, cast);
  const recovered = await measure(privateVlan(cast));

  const judged = [after, bare, recovered].map((measurement) => measurement.counts());
  const total = (count: (counts: Counts) => number): number => judged.reduce((sum, counts) => sum + count(counts), 0);
  return {
    forbidden: total(({ forbidden }) => forbidden),
    missing: total(({ missing }) => missing),
    doubled: total(({ doubled }) => doubled),
    openBefore: before.counts().forbidden > 0,
    hints: back.flatMap(hintsFor),
  };
}

async function startAgents(hosts: readonly Host[], { isolated }: Cast): Promise<AgentProcess[]> {
  step('starting node dist/pvlan-agent.mjs run, one for each hypervisor');
  const agents = await Promise.all(hosts.map((host) => AgentProcess.start(host)));
  step('waiting until every isolated port is installed');
  for (const agent of agents) {
    const own = isolated.filter((endpoint) => agent.host.endpoints.has(endpoint));
    await agent.installed(own.map(({ name }) => name));
  }
  return agents;
}
