import { BundleRefused } from '../openflow/errors.ts';
import type { FlowMod } from '../openflow/flow.ts';
import { formatFlow } from '../openflow/format-flow.ts';
import { portOf } from '../pipeline/cookie.ts';
import type { Layout } from '../pipeline/layout.ts';
import type { BridgeSwitch } from './bridge-switch.ts';
import type { Contention } from './contention.ts';
import { drops, keyOf, sameBody, type FlowIndex } from './flow-index.ts';
import type { BridgeGoal, JudgedPort } from './goal.ts';
import type { Obstacles } from './obstacles.ts';
import type { Refusals } from './refusals.ts';
import { WantedFlows } from './wanted-flows.ts';

export interface FlowInstallerOptions {
  readonly bridge: BridgeSwitch;
  readonly layout: Layout;
  /** Ports whose flows are refused are noted here. */
  readonly refusals: Refusals;
  /** Flows of others in the place of ours are noted here. */
  readonly obstacles: Obstacles;
  /** Flows that somebody else had changed are noted here. */
  readonly contention: Contention;
  /** Told of a refusal that keeps one port closed and nobody else. */
  readonly onRefusal: (error: unknown) => void;
  /** Told when flows have changed, or may have shortly before the connection was made. */
  readonly onCommit: () => void;
  /** Told that some flows are to be put right in so many milliseconds. */
  readonly onPostponed: (milliseconds: number) => void;
}

/** Brings the flows of one bridge to what a goal wants, by the difference to what is there. */
export class FlowInstaller {
  readonly #options: FlowInstallerOptions;
  readonly #wanted: WantedFlows;
  /** The flows as they were last brought about. */
  #established: FlowIndex | undefined;

  constructor(options: FlowInstallerOptions) {
    this.#options = options;
    this.#wanted = new WantedFlows(options.layout);
  }

  /** Forgets what was brought about: with a connection that has ended, it may be gone. */
  forget(): void {
    this.#established = undefined;
  }

  /**
   * Brings the flows about and waits until ovs-vswitchd has acknowledged them; takes ports whose flows are refused, or whose places
   * others hold, out of `settled`, so that they stay closed. False where `isGivenUp` says meanwhile that nothing is to be done any
   * more.
   * @throws OpenFlowError where it could not be done, which changes nothing
   */
  async install(goal: BridgeGoal, settled: Set<JudgedPort>, isGivenUp: () => boolean): Promise<boolean> {
    const { obstacles } = this.#options;
    obstacles.begin();
    try {
      return await this.#install(goal, settled, isGivenUp);
    } finally {
      obstacles.end();
    }
  }

  async #install(goal: BridgeGoal, settled: Set<JudgedPort>, isGivenUp: () => boolean): Promise<boolean> {
    const { bridge, obstacles, refusals } = this.#options;
    const places = new Set<string>();
    for (;;) {
      const wanted = this.#wanted.of(goal, settled, refusals.bare(goal.ports, performance.now()));
      if (bridge.isAt(wanted)) return true;
      if (bridge.isStale) await bridge.read();
      if (isGivenUp()) return false;
      const { mods, disturbed, conflicts, held } = bridge.difference(wanted);
      for (const place of held) places.add(place);
      bridge.mind(places);
      if (obstacles.close(conflicts, settled)) continue;
      const due = disturbed ? this.#due(mods) : mods;
      const postponed = due.length < mods.length;
      try {
        await bridge.commit(wanted, { mods: due, whole: !postponed && held.length === 0, disturbed: postponed });
        // What was last committed over another connection may have been the work of an agent that died right after it.
        if (due.length > 0 || this.#established === undefined) this.#options.onCommit();
        this.#established = wanted;
        return true;
      } catch (error) {
        // Where no single port is to blame, there is nothing to leave out.
        if (!this.#blame(error, goal, settled)) throw error;
        this.#options.onRefusal(error);
      }
    }
  }

  #blame(error: unknown, goal: BridgeGoal, settled: Set<JudgedPort>): boolean {
    if (!(error instanceof BundleRefused)) return false;
    const { refusals } = this.#options;
    const isOpen = (judged: JudgedPort): boolean => settled.has(judged);
    const culprit = refusals.blame(error.mod.flow, goal.ports, isOpen, error.message, performance.now());
    if (culprit === undefined) return false;
    settled.delete(culprit);
    return true;
  }

  /** What of `mods` is to be done now: repairs are noted, and one that is fought over and only opens something waits. */
  #due(mods: readonly FlowMod[]): readonly FlowMod[] {
    const { contention, onPostponed } = this.#options;
    const now = performance.now();
    return mods.filter((mod) => {
      const repair = this.#repair(mod);
      if (repair === undefined) return true;
      const pause = this.#canWait(mod) ? contention.pause(repair, now) : 0;
      if (pause > 0) onPostponed(pause);
      else contention.note([repair], now);
      return pause === 0;
    });
  }

  /** What of ours somebody changed, in words, where `mod` only puts that right. */
  #repair({ command, flow }: FlowMod): string | undefined {
    const before = this.#established?.get(keyOf(flow));
    if (command === 'deleteStrict') {
      return before === undefined && this.#established !== undefined
        ? `the absence of a flow with our cookie: ${formatFlow(flow)}`
        : undefined;
    }
    return before !== undefined && sameBody(before, flow) ? `a flow of ours: ${formatFlow(flow)}` : undefined;
  }

  /** Without it a port reaches or hears less, and nobody more. */
  #canWait({ command, flow }: FlowMod): boolean {
    const { classify, priorities } = this.#options.layout;
    const opens = flow.table !== classify || flow.priority > priorities.CLOSED;
    return command === 'add' && !drops(flow) && opens && portOf(flow.cookie) !== undefined;
  }
}
