import { setTimeout as delay } from 'node:timers/promises';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { flowKey } from '../../src/openflow/flow-key.ts';
import { COOKIE, COOKIE_MASK } from '../../src/pipeline/cookie.ts';
import * as frames from '../lab/frames.ts';
import { until } from '../lab/until.ts';
import type { Stage } from './stage.ts';

/** A restart of the agent as an onlooker sees it. */
export interface Restart {
  /** From the start of the process until it says that all is installed, in milliseconds. */
  readonly settledMs: number;
  /** Flows that were added, changed or removed meanwhile. */
  readonly flowChanges: number;
}

/** Ends the agent by `signal`, starts it again and waits until it has settled. */
export async function restart(stage: Stage, signal: NodeJS.Signals): Promise<Restart> {
  let flowChanges = 0;
  const watch = stage.openflow.monitorFlows().subscribe(() => {
    flowChanges += 1;
  });
  await stage.openflow.barrier();
  await stage.agent.kill(signal);
  const start = performance.now();
  stage.agent.restart();
  await stage.settled();
  const settledMs = performance.now() - start;
  await stage.openflow.barrier();
  watch.unsubscribe();
  return { settledMs, flowChanges };
}

/** From the start of the process until the agent answers on its control socket, in milliseconds. */
export async function startup({ agent }: Stage): Promise<number> {
  await agent.kill();
  const start = performance.now();
  agent.restart();
  await until('the agent to answer', async () => (await agent.status()) !== undefined, { interval: 1 });
  return performance.now() - start;
}

/** What the agent costs when nothing happens. */
export async function idle({ agent }: Stage, seconds: number): Promise<{ residentMiB: number; percent: number }> {
  const before = await agent.processorSeconds();
  const start = performance.now();
  await delay(seconds * 1000);
  const used = (await agent.processorSeconds()) - before;
  return { residentMiB: await agent.residentMiB(), percent: (used / (performance.now() - start)) * 100_000 };
}

/** How long each of `count` flows that somebody deletes is away, in milliseconds. */
export async function deletedFlows({ openflow }: Stage, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let done = 0; done < count; done += 1) {
    const flows = await openflow.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK });
    const flow = flows[(done * 7919) % flows.length];
    if (flow === undefined) break;
    const back = firstValueFrom(
      openflow.monitorFlows().pipe(
        filter((change) => change.event === 'added' && flowKey(change.flow) === flowKey(flow)),
        timeout(10_000),
      ),
    );
    await openflow.commit([{ command: 'deleteStrict', flow, cookieMask: COOKIE_MASK }]);
    const start = performance.now();
    await back;
    times.push(performance.now() - start);
  }
  return times;
}

/** Frames a guest and the router send each other, at a steady rate, while `meanwhile` runs. */
export async function lostFrames(
  stage: Stage,
  perSecond: number,
  meanwhile: () => Promise<unknown>,
): Promise<{ readonly sent: number; readonly lost: number }> {
  const { router } = stage;
  const [guest] = stage.guests;
  if (guest === undefined) throw new Error('there is no guest');
  const pairs = [
    { from: guest, to: router },
    { from: router, to: guest },
  ].map((pair) => ({ ...pair, frame: frames.experimental(pair.to.mac, pair.from.mac) }));
  let sent = 0;
  const arrived = new Set<number>();
  const stops = pairs.map(({ to }) =>
    to.watch(({ probeId }) => {
      if (probeId !== undefined) arrived.add(probeId);
    }),
  );
  const start = performance.now();
  const timer = setInterval(() => {
    // Timers fire late and together; the rate is kept by the clock, and no burst comes near the 100 that a port queues.
    const due = Math.min(sent + 10, Math.floor(((performance.now() - start) / 1000) * perSecond));
    while (sent < due) {
      const pair = pairs[sent % 2];
      sent += 1;
      void pair?.from.send(frames.mark(pair.frame, sent));
    }
  }, 1);
  await meanwhile();
  clearInterval(timer);
  // What is still under way arrives within moments or not at all.
  await until('the last frames', () => arrived.size === sent, { timeout: 2000 }).catch(() => undefined);
  for (const stop of stops) stop();
  return { sent, lost: sent - arrived.size };
}
