import { merge, type Subscription } from 'rxjs';
import { naturalOrder } from '../base/natural-order.ts';
import type { AgentLog } from '../base/agent-log.ts';
import type { FaultLog } from '../base/fault-log.ts';
import { derive, type Derived } from '../base/derive.ts';
import type { Dict } from '../base/dict.ts';
import type { DesiredBridge, JudgedPort } from '../desire/desired-bridge.ts';
import type { BridgeStatus, PortStatus } from './report/status.ts';
import type { Condition } from '../alarm/alarm.ts';
import { OpenFlowConnection } from '../openflow/connection.ts';
import { ConnectionLost } from '../openflow/errors.ts';
import { tablesOf, type Layout } from '../pipeline/layout.ts';
import { BridgeSwitch } from './bridge-switch.ts';
import { conditionsOf } from './report/conditions.ts';
import { dropsOf, type Drop } from './drops/drop.ts';
import type { Decision } from './decide/decision.ts';
import { BridgeDriver, type RowWriter } from './driver.ts';
import { PortConfigConnection } from '../openflow/port-config.ts';
import { PortJournal } from './report/port-journal.ts';
import { PortLocks } from './port-locks.ts';
import { reportPvlans } from './report/pvlan-report.ts';
import { timed, type Timings } from './timings.ts';
import { awaited, type Awaited, type Seen, type SettingsInForce } from './rows/settings-in-force.ts';

export interface ManagedBridgeOptions {
  /** The bridge's OpenFlow management socket. */
  readonly remote: string;
  readonly rows: RowWriter;
  readonly settings: SettingsInForce;
  readonly layout: Layout;
  readonly log: AgentLog;
  readonly faults: FaultLog;
  /** Where it is noted how long work takes. */
  readonly timings: Timings;
  /** Called when the connection to the bridge comes or goes, and when somebody else changes its flows. */
  readonly onChange: () => void;
  /** Called when something about the bridge was decided. */
  readonly onDecision: () => void;
  /** Called when the agent has changed its flows. */
  readonly onCommit: () => void;
}

/** One bridge in the agent's care: its switch, the work on it, and what is told of it. */
export class ManagedBridge {
  readonly #options: ManagedBridgeOptions;
  readonly #switch: BridgeSwitch;
  readonly #locks: PortLocks;
  readonly #driver: BridgeDriver;
  readonly #journal: PortJournal;
  readonly #watch: Subscription;
  #desired: DesiredBridge;
  /** Of the connection that was up last. */
  #generation: number | undefined;
  #awaiting: Derived<string, Awaited> | undefined;

  constructor(desired: DesiredBridge, options: ManagedBridgeOptions) {
    const { bridge: name } = desired;
    const { remote, settings, layout, log, faults, timings, onCommit } = options;
    this.#options = options;
    this.#desired = desired;
    this.#switch = new BridgeSwitch(
      name,
      () => OpenFlowConnection.connect(remote),
      tablesOf(layout),
      undefined,
      timings.flowCommit,
    );
    this.#locks = new PortLocks(() => PortConfigConnection.connect(remote));
    this.#journal = new PortJournal(name, log, timings.protection);
    this.#driver = new BridgeDriver({
      flows: this.#switch,
      rows: { transact: (operations) => timed(timings.rowCommit, () => options.rows.transact(operations)) },
      locks: this.#locks,
      settings: () => settings.seen,
      layout,
      onCommit,
      onDecision: (decision) => {
        this.#tell(decision);
      },
      onError: (error) => {
        // The end of a connection is told by its alarm, and the fault of nobody here.
        if (!(error instanceof ConnectionLost)) faults.report(`bridge ${name} is not as wanted yet`, error);
        options.onDecision();
      },
    });
    this.#watch = merge(this.#switch.changes$, this.#locks.changes$).subscribe(() => {
      const { connection, generation } = this.#switch.observed;
      if (connection.kind === 'up' && generation !== this.#generation) {
        this.#generation = generation;
        this.#locks.retry();
      }
      options.onChange();
    });
    this.#switch.open();
    this.#locks.open();
  }

  get busy(): boolean {
    return this.#driver.busy;
  }

  get desired(): DesiredBridge {
    return this.#desired;
  }

  /** Sets what to reach, and begins; to be called with the same again when anything else has changed. */
  desire(desired: DesiredBridge): void {
    this.#desired = desired;
    this.#driver.desire(desired);
  }

  /** Desires nothing for now. */
  rest(): void {
    this.#driver.rest();
    this.#journal.rest();
  }

  /** Ports whose rows are right and which only await ovs-vswitchd's confirmation. */
  awaiting(): Dict<string, Awaited> {
    const inputs = [this.#desired.byPort, this.#options.settings.seen] as const;
    this.#awaiting = derive(this.#awaiting, inputs, [], (_, judged: JudgedPort | undefined, seen: Seen | undefined) =>
      judged === undefined ? undefined : awaited(judged, seen),
    );
    return this.#awaiting.result;
  }

  status(): BridgeStatus {
    const { connection, flows, generation } = this.#switch.observed;
    return {
      name: this.#desired.bridge,
      pvlans: reportPvlans(this.#desired),
      openflow: connection.kind,
      error: connection.kind === 'down' ? connection.error.message : undefined,
      flows: flows.size,
      repairs: this.#driver.memory.repairs.count,
      reconnects: Math.max(0, generation - 1),
      ports: this.#ports(),
    };
  }

  /** What flows of the bridge have dropped since they are there. @throws OpenFlowError where the connection is down */
  async drops(): Promise<readonly Drop[]> {
    const counters = await this.#switch.counters();
    const closed = new Set(this.#ports().flatMap(({ name, hold }) => (hold?.closes === true ? [name] : [])));
    return dropsOf(
      counters,
      this.#desired.ports.map((judged) => ({ ...judged, isOpen: !closed.has(judged.port.name) })),
    );
  }

  /** What of the bridge and its ports needs the operator. */
  conditions(): readonly Condition[] {
    const { layout } = this.#options;
    return conditionsOf(this.#desired, this.#switch.observed, this.#driver.memory, layout, performance.now());
  }

  /** Ends the work and leaves everything in place; settles when nothing is under way any more. */
  async release(): Promise<void> {
    this.#watch.unsubscribe();
    await this.#driver.stop();
    this.#switch.close();
    this.#locks.close();
  }

  #ports(): readonly PortStatus[] {
    return this.#journal.ports.toSorted((a, b) => naturalOrder(a.name, b.name));
  }

  #tell(decision: Decision): void {
    this.#journal.note(decision.ports);
    this.#options.onDecision();
  }
}
