import type { Endpoint } from '../../lab/endpoint.ts';
import { udp } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { until } from '../../lab/until.ts';
import { processorTime } from '../switch-figures.ts';

/** Few enough for the queue of a port of Open vSwitch. */
const BURST = 40;

/** A guest and its router. */
export interface Pair {
  readonly guest: Endpoint;
  readonly router: Endpoint;
}

/** Frames in both directions between each pair in turn, `bursts` of them; how many for each second that the switch's thread ran. */
export async function frameRate(host: Host, pairs: readonly Pair[], bursts: number): Promise<number> {
  const before = await processorTime(host);
  for (let turn = 0; turn < bursts; turn += 1) {
    const pair = pairs[turn % pairs.length];
    if (pair !== undefined) await burst(pair);
  }
  return (bursts * BURST * 1e9) / ((await processorTime(host)) - before);
}

async function burst({ guest, router }: Pair): Promise<void> {
  const [there, back] = [
    udp({ src: guest.mac, dst: router.mac, srcIp: '10.0.0.2', dstIp: '10.0.0.254' }, 4000, 5000),
    udp({ src: router.mac, dst: guest.mac, srcIp: '10.0.0.254', dstIp: '10.0.0.2' }, 5000, 4000),
  ];
  const half = BURST / 2;
  const missing = { there: half, back: half };
  const stops = [
    router.watch(({ src }) => {
      if (src === guest.mac) missing.there -= 1;
    }),
    guest.watch(({ src }) => {
      if (src === router.mac) missing.back -= 1;
    }),
  ];
  for (let count = 0; count < half; count += 1) {
    await guest.send(there);
    await router.send(back);
  }
  await until('the burst to arrive', () => missing.there <= 0 && missing.back <= 0, { interval: 0 });
  for (const stop of stops) stop();
}

/** Lets an endpoint say all of `frames`, as fast as its port takes it. */
export async function fill(endpoint: Endpoint, frames: readonly Buffer[], host: Host): Promise<void> {
  for (const [index, frame] of frames.entries()) {
    await endpoint.send(frame);
    if (index % BURST === BURST - 1) await host.appctl('dpctl/show');
  }
}
