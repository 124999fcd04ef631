import type { Operation } from '../ovsdb/operation.ts';
import type { Layout } from '../pipeline/layout.ts';
import type { BridgeSwitch } from './bridge-switch.ts';
import { flowDifference, indexFlows } from './flow-difference.ts';
import { wantedFlows, type BridgeGoal, type JudgedPort } from './goal.ts';
import { rowChanges } from './row-difference.ts';
import type { Settlement } from './settlement.ts';
import { SingleFlight } from './single-flight.ts';

/** What the reconciler needs of the database. */
export interface RowWriter {
  /** Runs one transaction. @throws where it was not committed */
  transact(operations: readonly Operation[]): Promise<void>;
}

/** Waits before a failed pass is tried again, in milliseconds; any new fact comes first. */
const RETRY_MS = 1000;

/**
 * Brings one bridge to its goal, one pass at a time, from whatever state it finds: there is no memory of what was done, only
 * the difference that is left.
 *
 * INVARIANTS, each kept by the order inside `#pass`:
 * 1. A port's opening flows are installed only while its VLAN setting is in force (`Settlement`); until then it is dropped.
 * 2. A VLAN setting that opens a port is written only after the flows that closed it for its old role are acknowledged.
 * 3. Marks are written only after the flows they speak of are acknowledged; taking them away waits for nothing.
 */
export class Reconciler {
  readonly #switch: BridgeSwitch;
  readonly #rows: RowWriter;
  readonly #settlement: Settlement;
  readonly #layout: Layout;
  readonly #flight: SingleFlight;
  #goal: BridgeGoal | undefined;
  /** Ports whose flows the last complete pass left acknowledged. */
  #acknowledged = new Set<string>();

  constructor(
    bridge: BridgeSwitch,
    rows: RowWriter,
    settlement: Settlement,
    layout: Layout,
    onError: (error: unknown) => void,
  ) {
    this.#switch = bridge;
    this.#rows = rows;
    this.#settlement = settlement;
    this.#layout = layout;
    this.#flight = new SingleFlight(() => this.#pass(), onError, RETRY_MS);
  }

  /** Sets what to reach and begins, now or after the pass under way. */
  pursue(goal: BridgeGoal): void {
    this.#goal = goal;
    this.#flight.request();
  }

  get busy(): boolean {
    return this.#flight.busy;
  }

  /** Whether the flows of port `name` are acknowledged as its verdict wants them. */
  acknowledged(name: string): boolean {
    return this.#switch.state.kind === 'up' && this.#acknowledged.has(name);
  }

  stop(): Promise<void> {
    return this.#flight.stop();
  }

  async #pass(): Promise<void> {
    const goal = this.#goal;
    if (goal === undefined) return;
    const isSettled = (judged: JudgedPort): boolean => this.#settlement.isSettled(judged);
    const connected = this.#switch.state.kind === 'up';
    const isOpen = (judged: JudgedPort): boolean =>
      connected && judged.port.ofports.length > 0 && isSettled(judged) && judged.verdict.kind !== 'quarantined';
    const changes = goal.ports.map((judged) => rowChanges(judged.port, judged.verdict, isOpen(judged)));

    const flows = connected ? this.#installFlows(goal, isSettled) : Promise.resolve();
    // Closing never waits for the flows, nor for the rows of another port.
    const closed = this.#transactAll(changes.map((change) => change.tighten));
    const [flowsDone, closedDone] = await Promise.allSettled([flows, closed]);
    if (!connected || flowsDone.status === 'rejected') this.#acknowledged.clear();
    else {
      this.#acknowledged = new Set(goal.ports.filter(isOpen).map((judged) => judged.port.name));
      await this.#transactAll(changes.map((change) => change.loosen));
    }
    if (flowsDone.status === 'rejected') throw flowsDone.reason;
    if (closedDone.status === 'rejected') throw closedDone.reason;
  }

  async #installFlows(goal: BridgeGoal, isSettled: (judged: JudgedPort) => boolean): Promise<void> {
    const wanted = indexFlows(wantedFlows(goal, isSettled, this.#layout));
    const mods = flowDifference(await this.#switch.installed(), wanted);
    if (mods.length > 0) await this.#switch.commit(mods);
  }

  /** Each port's change is a transaction of its own: one that fails takes no other along. */
  async #transactAll(transactions: readonly (readonly Operation[])[]): Promise<void> {
    const results = await Promise.allSettled(
      transactions.filter((operations) => operations.length > 0).map((operations) => this.#rows.transact(operations)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
