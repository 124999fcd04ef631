import { BundleRefused } from '../openflow/errors.ts';
import type { FlowMod } from '../openflow/flow.ts';
import { formatFlow } from '../openflow/format-flow.ts';
import type { Layout } from '../pipeline/layout.ts';
import type { BridgeSwitch } from './bridge-switch.ts';
import type { Contention } from './contention.ts';
import { keyOf, sameBody, type FlowIndex } from './flow-index.ts';
import type { BridgeGoal, JudgedPort } from './goal.ts';
import type { Refusals } from './refusals.ts';
import { WantedFlows } from './wanted-flows.ts';

export interface FlowInstallerOptions {
  readonly bridge: BridgeSwitch;
  readonly layout: Layout;
  /** Ports whose flows are refused are noted here. */
  readonly refusals: Refusals;
  /** Flows that somebody else had changed are noted here. */
  readonly contention: Contention;
  /** Told of a refusal that keeps one port closed and nobody else. */
  readonly onRefusal: (error: unknown) => void;
  /** Told when flows have changed. */
  readonly onCommit: () => void;
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
   * Brings the flows about and waits until ovs-vswitchd has acknowledged them; takes ports whose flows are refused out of
   * `settled`, so that they stay closed. False where `isGivenUp` says meanwhile that nothing is to be done any more.
   * @throws OpenFlowError where it could not be done, which changes nothing
   */
  async install(goal: BridgeGoal, settled: Set<JudgedPort>, isGivenUp: () => boolean): Promise<boolean> {
    const { bridge, contention } = this.#options;
    for (;;) {
      const wanted = this.#wanted.of(goal, settled);
      if (bridge.isAt(wanted)) return true;
      if (bridge.isStale) await bridge.read();
      if (isGivenUp()) return false;
      const { mods, disturbed } = bridge.difference(wanted);
      if (disturbed) contention.note(this.#repairs(mods), performance.now());
      try {
        await bridge.commit(wanted, mods);
        this.#established = wanted;
        if (mods.length > 0) this.#options.onCommit();
        return true;
      } catch (error) {
        const culprit = this.#culprit(error, goal);
        // Where no single open port is to blame, there is nothing to leave out.
        if (culprit === undefined || !settled.delete(culprit)) throw error;
        this.#options.onRefusal(error);
      }
    }
  }

  #culprit(error: unknown, goal: BridgeGoal): JudgedPort | undefined {
    if (!(error instanceof BundleRefused)) return undefined;
    return this.#options.refusals.blame(error.mod.flow, goal.ports, error.message, performance.now());
  }

  /** Flows that were established as they are wanted, and yet have to be written again: somebody changed them. */
  #repairs(mods: readonly FlowMod[]): readonly string[] {
    const established = this.#established;
    return mods.flatMap(({ command, flow }) => {
      const before = established?.get(keyOf(flow));
      return command === 'add' && before !== undefined && sameBody(before, flow)
        ? [`a flow of ours: ${formatFlow(flow)}`]
        : [];
    });
  }
}
