import { setTimeout as delay } from 'node:timers/promises';
import type { Flow } from '../../../src/openflow/flow.ts';
import type { Task } from '../benchmark.ts';
import { filledSite } from '../site/filled-site.ts';

const BENCHMARK = 'idle';
/** A foreign flow comes or goes this often, in milliseconds; half of them in a table that the agent uses. */
const CHURN_MS = 500;

/** What the agent costs while no guest comes or goes: alone, and with others who change their own flows; beside ovs-vswitchd. */
export async function idle(task: Task): Promise<void> {
  const { ports, report, effort, progress } = task;
  const place = { benchmark: BENCHMARK, ports };
  const site = await filledSite(task);
  try {
    const openflow = await site.openflow();
    let turn = 0;
    const change = async (): Promise<void> => {
      turn += 1;
      const table = turn % 4 < 2 ? 0 : 200;
      const flow: Flow = {
        table,
        priority: 1,
        cookie: 0xbe9en,
        match: { ethDst: { value: '02:ff:00:00:00:01' } },
        actions: [],
      };
      await openflow.commit([
        turn % 2 === 0 ? { command: 'deleteStrict', flow, cookieMask: 0n } : { command: 'add', flow },
      ]);
    };
    const watch = async (seconds: number, each?: () => Promise<void>): Promise<{ agent: number; vswitchd: number }> => {
      const [agent, vswitchd, began] = [await site.agentCost(), await site.switchCost(), performance.now()];
      while (performance.now() - began < seconds * 1000) {
        await each?.();
        await delay(CHURN_MS);
      }
      const passed = (performance.now() - began) / 100;
      // A thread that ended has taken its time with it.
      const percent = (used: number): number => Math.max(0, used / passed);
      return {
        agent: percent((await site.agentCost()) - agent),
        vswitchd: percent((await site.switchCost()) - vswitchd),
      };
    };
    // What is left to do after so many births is not what an idle agent does.
    progress('until all is quiet');
    await watch(Math.min(effort.seconds, 10));
    progress('alone');
    const alone = await watch(effort.seconds);
    progress('with foreign churn');
    const churn = await watch(effort.seconds, change);
    report.note(place, 'agent', 'of one processor, alone', alone.agent, '%');
    report.note(place, 'agent', 'of one processor, with foreign churn', churn.agent, '%');
    report.note(place, 'ovs-vswitchd', 'of one processor, alone', alone.vswitchd, '%');
    report.note(place, 'ovs-vswitchd', 'of one processor, with foreign churn', churn.vswitchd, '%');
    report.limit(place, 'idle with foreign churn <= 0.1 % of a processor', churn.agent, 0.1, '%');
  } finally {
    await site.close();
  }
}
