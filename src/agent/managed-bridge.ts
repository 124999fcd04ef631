import { condition, type Condition } from '../alarm/alarm.ts';
import type { Subscription } from 'rxjs';
import { tablesOf, type Layout } from '../pipeline/layout.ts';
import type { AgentLog } from './agent-log.ts';
import { BridgeSwitch } from './bridge-switch.ts';
import type { FaultLog } from './fault-log.ts';
import { foreignFlows } from './foreign-flows.ts';
import type { BridgeGoal, JudgedPort } from './goal.ts';
import { PortJournal, type PortProgress } from './port-journal.ts';
import { reportPort } from './port-report.ts';
import { Reconciler } from './reconciler.ts';
import type { RowWriter } from './row-keeper.ts';
import type { Awaited, Settlement } from './settlement.ts';
import type { BridgeStatus } from './status.ts';

export interface ManagedBridgeOptions {
  /** The bridge's OpenFlow management socket. */
  readonly remote: string;
  readonly rows: RowWriter;
  readonly settlement: Settlement;
  readonly layout: Layout;
  readonly log: AgentLog;
  readonly faults: FaultLog;
  /** Called when the connection to the bridge comes or goes, and when somebody else changes its flows. */
  readonly onChange: () => void;
  /** Called when flows or rows were brought about, or could not be. */
  readonly onOutcome: () => void;
  /** Called when the agent has changed its flows. */
  readonly onCommit: () => void;
}

/** One bridge in the agent's care: its switch, the work on it, and what is told of it. */
export class ManagedBridge {
  readonly #options: ManagedBridgeOptions;
  readonly #switch: BridgeSwitch;
  readonly #reconciler: Reconciler;
  readonly #journal: PortJournal;
  readonly #watch: Subscription;
  #goal: BridgeGoal;

  constructor(goal: BridgeGoal, options: ManagedBridgeOptions) {
    const { bridge: name } = goal;
    const { remote, rows, settlement, layout, log, faults, onCommit } = options;
    this.#options = options;
    this.#goal = goal;
    this.#switch = new BridgeSwitch(name, remote, tablesOf(layout));
    const onError = (error: unknown): void => {
      faults.report(`bridge ${name} is not as wanted yet`, error);
    };
    this.#reconciler = new Reconciler(this.#switch, rows, settlement, layout, onError, onCommit, options.onOutcome);
    this.#journal = new PortJournal(name, log);
    this.#watch = this.#switch.changes$.subscribe(() => {
      const { state } = this.#switch;
      if (state.kind === 'down') faults.report(`bridge ${name}: no OpenFlow`, state.error);
      options.onChange();
    });
    this.#switch.open();
  }

  get busy(): boolean {
    return this.#reconciler.busy;
  }

  get goal(): BridgeGoal {
    return this.#goal;
  }

  /** Sets what to reach, and begins. */
  pursue(goal: BridgeGoal): void {
    this.#goal = goal;
    this.#reconciler.pursue(goal);
    this.#journal.note(goal.ports, (judged) => this.#progress(judged));
  }

  /** Gives the goal up for now. */
  rest(): void {
    this.#reconciler.rest();
  }

  /** Ports whose rows are right and which only await ovs-vswitchd's confirmation. */
  awaiting(): readonly Awaited[] {
    return this.#options.settlement.awaiting(this.#goal.ports);
  }

  status(): BridgeStatus {
    const { state } = this.#switch;
    return {
      name: this.#goal.bridge,
      openflow: state.kind,
      error: state.kind === 'down' ? state.error.message : undefined,
      flows: this.#switch.flows.size,
      repairs: this.#reconciler.repairs,
      ports: this.#goal.ports.map((judged) => {
        const { settled, acknowledged } = this.#progress(judged);
        return reportPort(judged, settled, acknowledged);
      }),
    };
  }

  /** What of the bridge and its ports needs the operator. */
  conditions(): readonly Condition[] {
    const { bridge, ports } = this.#goal;
    const { state } = this.#switch;
    const { obstacles } = this.#reconciler;
    // What stands in the very place of ours is told with what it closes.
    const others = [...this.#switch.foreign].filter((flow) => !obstacles.isCausedBy(flow));
    return [
      ...(state.kind === 'down' ? [condition('no-openflow', { bridge }, state.error.message)] : []),
      ...ports.flatMap((judged) => quarantineCondition(bridge, judged)),
      ...this.#reconciler.conditions(),
      ...foreignFlows(bridge, others, this.#switch.flows.values(), this.#options.layout),
    ];
  }

  /** Ends the work and leaves everything in place; settles when nothing is under way any more. */
  async release(): Promise<void> {
    this.#watch.unsubscribe();
    await this.#reconciler.stop();
    this.#switch.close();
  }

  #progress(judged: JudgedPort): PortProgress {
    return {
      settled: this.#options.settlement.isSettled(judged),
      acknowledged: this.#reconciler.acknowledged(judged),
    };
  }
}

function quarantineCondition(bridge: string, { port: { name: port }, verdict }: JudgedPort): readonly Condition[] {
  if (verdict.kind !== 'quarantined' || !verdict.quarantine.alarm) return [];
  const { code, message, remedy } = verdict.quarantine;
  return [condition(code, { bridge, port }, `port ${port} is quarantined: ${message}`, remedy)];
}
