import Table from 'cli-table3';
import { BROADCAST, experimental, tag } from '../lab/frames.ts';
import { Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { AgentOn } from '../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../support/duo.ts';
import { percentile } from './statistics.ts';
import { datapathSize, processorTime } from './switch-figures.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import type { Host } from '../lab/host.ts';

const VLAN = 2102;
const GUESTS = 20;
const OUTSIDE = 5;
/** Few enough for the queue of a port of Open vSwitch. */
const BURST = 40;
const BURSTS = 75;
/** Measured by turns, so that whatever else the machine does falls on both. */
const TURNS = 6;
/** How often addresses are forgotten during a talk, how long it goes on after each, and how far its frames are apart. */
const FORGOTTEN = 20;
const TALK_MS = 1000;
const PACE_MS = 2;

/** Ports of one bridge: guests, a router behind another switch, one that is plugged in, and guests outside. */
interface Ports {
  readonly guests: readonly Endpoint[];
  readonly wire: Endpoint;
  readonly router: Endpoint;
  readonly outside: readonly Endpoint[];
}

/** A frame and where it has to come out. */
interface Errand {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly frame: Buffer;
}

async function plug(host: Host, bridge: string, number: number, isGuarded: boolean): Promise<Ports> {
  const port = (name: string, last: number, options: object): Promise<Endpoint> =>
    host.plug({ name: `${name}${number}`, bridge, mac: `02:00:00:00:0${number}:${hex(last)}`, ...options });
  const guests: Endpoint[] = [];
  for (let index = 0; index < GUESTS; index += 1) {
    const role = isGuarded ? { portProfile: 'isolated-2102' } : { tag: VLAN, ifaceId: false };
    guests.push(await port(`g${index}-`, 1 + index, role));
  }
  const outside: Endpoint[] = [];
  for (let index = 0; index < OUTSIDE; index += 1) outside.push(await port(`x${index}-`, 0x80 + index, {}));
  return {
    guests,
    outside,
    wire: await host.plug({ name: `wire${number}`, bridge, mac: ROUTER_MAC, ifaceId: false }),
    router: await port('router', 0xfe, isGuarded ? { portProfile: 'promisc-2102' } : { tag: VLAN, ifaceId: false }),
  };
}

/** Everybody that the switch is to know says something to all. */
async function introduce({ guests, wire, router, outside }: Ports): Promise<void> {
  for (const one of [...guests, router]) await one.send(experimental(BROADCAST, one.mac));
  for (const one of [wire, ...outside]) await one.send(tag(experimental(BROADCAST, one.mac), VLAN));
}

/** What is measured, by its name: errands that are run in turns. */
const TASKS: readonly (readonly [string, (ports: Ports) => readonly Errand[]])[] = [
  [
    'a router on the wire to guests: learned at each look',
    ({ guests, wire }) => guests.map((to) => ({ from: wire, to, frame: tag(experimental(to.mac, wire.mac), VLAN) })),
  ],
  [
    'guests to a router on the wire',
    ({ guests, wire }) => guests.map((from) => ({ from, to: wire, frame: experimental(wire.mac, from.mac) })),
  ],
  [
    'a router that is plugged in to guests',
    ({ guests, router }) => guests.map((to) => ({ from: router, to, frame: experimental(to.mac, router.mac) })),
  ],
  [
    'guests outside, held to their addresses, to a router on the wire',
    ({ outside, wire }) =>
      outside.map((from) => ({ from, to: wire, frame: tag(experimental(wire.mac, from.mac), VLAN) })),
  ],
];

/** Frames for each second that the switch's thread ran. */
async function rate(host: Host, errands: readonly Errand[]): Promise<number> {
  const before = await processorTime(host);
  const receivers = [...new Set(errands.map(({ to }) => to))];
  let turn = 0;
  for (let burst = 0; burst < BURSTS; burst += 1) {
    let missing = BURST;
    const stops = receivers.map((to) =>
      to.watch(() => {
        missing -= 1;
      }),
    );
    for (let count = 0; count < BURST; count += 1) {
      const errand = errands[turn++ % errands.length];
      if (errand !== undefined) await errand.from.send(errand.frame);
    }
    await until('the burst to arrive', () => missing <= 0, { interval: 0 });
    for (const stop of stops) stop();
  }
  return (BURSTS * BURST * 1e9) / ((await processorTime(host)) - before);
}

/** What a third party heard of a talk both ways. */
interface Heard {
  sent: number;
  fromGuest: number;
  fromRouter: number;
  /** By the times that addresses were forgotten: until the last that was heard, in milliseconds. */
  readonly windows: number[];
}

/** A guest and a router on the wire talk on both bridges while all switches forget all addresses again and again. */
async function forgetful(host: Host, bridges: readonly (readonly [string, Ports])[]): Promise<readonly Heard[]> {
  const heard = bridges.map((): Heard => ({ sent: 0, fromGuest: 0, fromRouter: 0, windows: [] }));
  let forgotten = performance.now();
  const stops = bridges.map(([, { outside }], index) =>
    outside[0]?.watch(({ src }) => {
      const count = heard[index];
      if (count === undefined || count.windows.length === 0) return;
      if (src === ROUTER_MAC) count.fromRouter += 1;
      else count.fromGuest += 1;
      count.windows[count.windows.length - 1] = performance.now() - forgotten;
    }),
  );
  for (let times = 0; times < FORGOTTEN; times += 1) {
    for (const [bridge] of bridges) await host.appctl('fdb/flush', bridge);
    forgotten = performance.now();
    for (const { windows } of heard) windows.push(0);
    while (performance.now() < forgotten + TALK_MS) {
      for (const [index, [, { guests, wire }]] of bridges.entries()) {
        const [guest] = guests;
        const count = heard[index];
        if (guest === undefined || count === undefined) continue;
        count.sent += 1;
        await guest.send(experimental(wire.mac, guest.mac));
        await wire.send(tag(experimental(guest.mac, wire.mac), VLAN));
      }
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  }
  for (const stop of stops) stop?.();
  return heard;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0');
}

const lab = await Lab.create();
const costs = new Table({
  head: ['unicast', 'megaflows', 'of NORMAL', 'masks', 'of NORMAL', 'frames/s', 'plain NORMAL', 'ratio'],
  style: { head: [], border: [] },
});
const windowTable = new Table({
  head: [
    `addresses forgotten ${FORGOTTEN} times`,
    'sent each way',
    "guest's heard by a third",
    "router's heard by a third",
    'heard for, p50 ms',
    'at most',
  ],
  style: { head: [], border: [] },
});
try {
  const host = await lab.host('a');
  await host.addBridge('br0');
  await host.addBridge('br1');
  // As long as a round takes: what is idle stays.
  await host.vsctl('set', 'Open_vSwitch', '.', 'other_config:max-idle=60000');
  const guarded = await plug(host, 'br0', 1, true);
  const plain = await plug(host, 'br1', 2, false);
  const agent = await AgentOn.start(host, { config: { bridges: ['br0'], pvlans: [PVLAN_2102] } });
  await agent.reached('installed', 'router1', ...guarded.guests.map(({ name }) => name));
  await until('the agent to settle', () => agent.agent.status().settled);
  for (const [name, errandsOf] of TASKS) {
    process.stderr.write(`bench: ${name}\n`);
    const sizes: { megaflows: number; masks: number }[] = [];
    for (const ports of [guarded, plain]) {
      await introduce(ports);
      await host.appctl('revalidator/wait');
      await host.appctl('dpctl/del-flows');
      await rate(host, errandsOf(ports));
      sizes.push(await datapathSize(host));
    }
    const measured: { guarded: number; plain: number }[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      const first = turn % 2 === 0 ? await rate(host, errandsOf(plain)) : undefined;
      const within = await rate(host, errandsOf(guarded));
      measured.push({ guarded: within, plain: first ?? (await rate(host, errandsOf(plain))) });
    }
    const median = (of: (one: (typeof measured)[number]) => number): number => percentile(measured.map(of), 50);
    costs.push([
      name,
      ...sizes.map(({ megaflows }) => megaflows),
      ...sizes.map(({ masks }) => masks),
      median((one) => one.guarded).toFixed(0),
      median((one) => one.plain).toFixed(0),
      median((one) => one.guarded / one.plain).toFixed(2),
    ]);
  }
  process.stderr.write('bench: addresses that are forgotten during a talk\n');
  const bridges = [
    ['br0', guarded],
    ['br1', plain],
  ] as const;
  for (const ports of [guarded, plain]) await introduce(ports);
  for (const [index, { sent, fromGuest, fromRouter, windows: ms }] of (await forgetful(host, bridges)).entries()) {
    const name = index === 0 ? 'guests of the agent' : 'plain NORMAL';
    windowTable.push([
      name,
      sent,
      fromGuest,
      fromRouter,
      ...[50, 100].map((percent) => percentile(ms, percent).toFixed(0)),
    ]);
  }
  await agent.stop();
} finally {
  await lab.close();
}
process.stdout.write(`${costs.toString()}\n${windowTable.toString()}\n`);
