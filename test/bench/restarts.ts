import { setTimeout as delay } from 'node:timers/promises';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { flowKey } from '../../src/openflow/flow-key.ts';
import { COOKIE, COOKIE_MASK } from '../../src/pipeline/cookie.ts';
import { until } from '../lab/until.ts';
import { SteadyStream } from '../support/steady-stream.ts';
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
  { guests: [guest], router }: Stage,
  perSecond: number,
  meanwhile: () => Promise<unknown>,
): Promise<{ readonly sent: number; readonly lost: number }> {
  if (guest === undefined) throw new Error('there is no guest');
  const stream = new SteadyStream(guest, router, perSecond);
  await meanwhile();
  return stream.stop();
}
