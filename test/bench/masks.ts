import Table from 'cli-table3';
import { ipPrefix } from '../../src/pvlan/ip-prefix.ts';
import { macAddress } from '../../src/pvlan/mac.ts';
import { NO_FACTS, type GuestFacts } from '../../src/pvlan/guest-facts.ts';
import { NO_GUARDS, type Guards } from '../../src/pvlan/policy.ts';
import { Lab } from '../lab/lab.ts';
import { udp } from '../lab/frames.ts';
import { until } from '../lab/until.ts';
import { AgentOn } from '../support/agent-on.ts';
import { PVLAN_2102 } from '../support/duo.ts';
import { adversarialFrames } from './adversary.ts';
import { percentile } from './statistics.ts';
import { datapathSize, processorTime } from './switch-figures.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import type { Host } from '../lab/host.ts';

/** A frame of the adversary goes with so many of the neighbour's. */
const SHARE = 20;
/** Few enough for the queue of a port of Open vSwitch. */
const BURST = 40;
const BURSTS = 75;
/** Measured by turns, so that whatever else the machine does falls on both. */
const TURNS = 6;

const IPV4 = '10.0.0.1';
const IPV6 = '2001:db8::1';

interface Case {
  readonly name: string;
  readonly guards: Partial<Guards>;
  readonly addresses: boolean;
}

/** Every combination of what an operator may ask for. */
const CASES: readonly Case[] = [false, true].flatMap((addresses) =>
  [false, true].flatMap((dhcpServer) =>
    [false, true].map((routerAdvertisement) => ({
      name:
        [addresses && 'addresses', dhcpServer && 'dhcpServer', routerAdvertisement && 'routerAdvertisement']
          .filter(Boolean)
          .join(' + ') || 'no guard',
      guards: { dhcpServer, routerAdvertisement },
      addresses,
    })),
  ),
);

/** The attacker, its neighbour and the router of both on one bridge. */
interface Trio {
  readonly attacker: Endpoint;
  readonly neighbour: Endpoint;
  readonly router: Endpoint;
}

async function plug(host: Host, bridge: string, number: number, isGuarded: boolean): Promise<Trio> {
  const port = async (name: string, last: number, portProfile: string): Promise<Endpoint> =>
    host.plug({
      name: `${name}${number}`,
      bridge,
      mac: `02:00:00:00:0${number}:0${last}`,
      ...(isGuarded ? { portProfile } : { tag: 2102, ifaceId: false as const }),
    });
  return {
    attacker: await port('attacker', 1, 'isolated-2102'),
    neighbour: await port('neighbour', 2, 'isolated-2102'),
    router: await port('router', 9, 'promisc-2102'),
  };
}

async function send(trio: Trio, attack: readonly Buffer[], bursts: number): Promise<void> {
  const { attacker, neighbour, router } = trio;
  const path = { src: neighbour.mac, dst: router.mac, srcIp: '10.0.0.2', dstIp: '10.0.0.254' };
  const frame = udp(path, 4000, 5000);
  let turn = 0;
  for (let burst = 0; burst < bursts; burst += 1) {
    let missing = BURST;
    const stop = router.watch(({ src }) => {
      if (src === neighbour.mac) missing -= 1;
    });
    for (let count = 0; count < BURST; count += 1) {
      if (count % SHARE === 0) await attacker.send(attack[turn++ % attack.length] ?? frame);
      await neighbour.send(frame);
    }
    await until('the burst to arrive', () => missing <= 0, { interval: 0 });
    stop();
  }
}

/** The neighbour's frames for each second that the switch's thread ran, the adversary's share included. */
async function rate(host: Host, trio: Trio, attack: readonly Buffer[]): Promise<number> {
  const before = await processorTime(host);
  await send(trio, attack, BURSTS);
  return (BURSTS * BURST * 1e9) / ((await processorTime(host)) - before);
}

/** Lets the adversary say all it has, as fast as its port takes it. */
async function fill({ attacker }: Trio, attack: readonly Buffer[], host: Host): Promise<void> {
  for (const [index, frame] of attack.entries()) {
    await attacker.send(frame);
    if (index % BURST === BURST - 1) await host.appctl('dpctl/show');
  }
}

const lab = await Lab.create();
const table = new Table({
  head: ['what guests are held to', 'masks', 'megaflows', "neighbour's frames/s", 'plain NORMAL', 'ratio'],
  style: { head: [], border: [] },
});
let worst = Infinity;
try {
  const host = await lab.host('a');
  await host.addBridge('br0');
  await host.addBridge('br1');
  // As long as a round takes: what is idle stays.
  await host.vsctl('set', 'Open_vSwitch', '.', 'other_config:max-idle=60000');
  const guarded = await plug(host, 'br0', 1, true);
  const plain = await plug(host, 'br1', 2, false);
  const attackOn = ({ attacker, router }: Trio): readonly Buffer[] =>
    adversarialFrames({ mac: attacker.mac, ipv4: IPV4, ipv6: IPV6, router: router.mac });
  for (const { name, guards, addresses } of CASES) {
    process.stderr.write(`bench: ${name}\n`);
    const facts: GuestFacts = {
      ...NO_FACTS,
      addresses: addresses ? [IPV4, IPV6].flatMap((text) => ipPrefix(text) ?? []) : undefined,
    };
    const attacker = macAddress(guarded.attacker.mac);
    const agent = await AgentOn.start(host, {
      config: {
        bridges: ['br0'],
        pvlans: [{ ...PVLAN_2102, guards: { ...NO_GUARDS, ...guards } }],
        guests: new Map(attacker === undefined ? [] : [[attacker, facts]]),
      },
    });
    await agent.reached('installed', 'attacker1', 'neighbour1', 'router1');
    await host.appctl('dpctl/del-flows');
    await fill(guarded, attackOn(guarded), host);
    const kept = await datapathSize(host);
    await fill(plain, attackOn(plain), host);
    const measured: { guarded: number; plain: number }[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      const without = await rate(host, plain, attackOn(plain));
      const within = await rate(host, guarded, attackOn(guarded));
      measured.push({ guarded: within, plain: without });
    }
    await agent.stop();
    const median = (of: (one: (typeof measured)[number]) => number): number => percentile(measured.map(of), 50);
    const ratio = median((one) => one.guarded / one.plain);
    worst = Math.min(worst, ratio);
    table.push([
      name,
      kept.masks,
      kept.megaflows,
      median((one) => one.guarded).toFixed(0),
      median((one) => one.plain).toFixed(0),
      ratio.toFixed(2),
    ]);
  }
} finally {
  await lab.close();
}
process.stdout.write(`${table.toString()}\n`);
process.stdout.write(
  `goal: the neighbour keeps 0.90 of what plain NORMAL leaves it: ${worst >= 0.9 ? 'met' : 'missed'} (${worst.toFixed(2)})\n`,
);
