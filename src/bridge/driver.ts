import type { DesiredBridge } from '../desire/desired-bridge.ts';
import { messageOf } from '../base/thrown.ts';
import { BundleRefused } from '../openflow/errors.ts';
import type { Operation } from '../ovsdb/operation.ts';
import type { Layout } from '../pipeline/layout.ts';
import type { BridgeSwitch } from './bridge-switch.ts';
import type { PortLocks } from './port-locks.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import { decide } from './decide/decide.ts';
import type { Decision, RowTransaction } from './decide/decision.ts';
import { failed, NO_MEMORY, paused, type Memory } from './decide/memory.ts';
import type { Observed } from './decide/observed.ts';
import { acknowledged, refused, written } from './decide/outcomes.ts';
import type { SettingsSeen } from './rows/settings-in-force.ts';

/** Waits before what failed is tried again, in milliseconds; any new fact comes first. */
const RETRY_MS = 1000;

/** What the driver needs of the database. */
export interface RowWriter {
  /** Runs one transaction. @throws where it was not committed */
  transact(operations: readonly Operation[]): Promise<void>;
}

export interface DriverOptions {
  readonly flows: BridgeSwitch;
  readonly rows: RowWriter;
  /** What locks ports besides their rows; absent: nothing. */
  readonly locks?: Pick<PortLocks, 'configs' | 'configure'>;
  /** The VLAN settings that ovs-vswitchd has put in force by now. */
  readonly settings: () => SettingsSeen;
  readonly layout: Layout;
  /** Told of each decision, which is being carried out. */
  readonly onDecision: (decision: Decision) => void;
  /** Told of what failed and will be tried again. */
  readonly onError: (error: unknown) => void;
  /** Told when flows have changed, or may have shortly before the connection was made. */
  readonly onCommit: () => void;
  readonly clock?: Clock;
  /** Stands in for {@link decide}, so that tests can make mistakes on purpose. */
  readonly decide?: typeof decide;
}

/**
 * Carries out what is decided for one bridge and decides anew with what came of it. One bundle (or read) is under way at a time, and
 * one batch of transactions; neither waits for the other: a database may be slow, and what has to be closed cannot be. All that
 * it knows itself is what is under way; conditions are `decide`'s.
 */
export class BridgeDriver {
  readonly #options: DriverOptions;
  readonly #clock: Clock;
  #desired: DesiredBridge | undefined;
  #memory: Memory = NO_MEMORY;
  #flowsUnderWay: Promise<void> | undefined;
  #rowsUnderWay: Promise<void> | undefined;
  #isStopped = false;
  #cancelWake: () => void = () => undefined;
  #wakeAt: number | undefined;
  /** Something has changed while flows were under way. */
  #isOutdated = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  get memory(): Memory {
    return this.#memory;
  }

  /** Something is under way, or failed and will be tried again. */
  get busy(): boolean {
    const { flowsFailure, rowsFailure } = this.#memory;
    const isUnderWay = this.#flowsUnderWay !== undefined || this.#rowsUnderWay !== undefined;
    return isUnderWay || flowsFailure !== undefined || rowsFailure !== undefined;
  }

  /** Sets what the bridge is to become, and takes the next step. To be called with the same again when anything else has changed. */
  desire(desired: DesiredBridge): void {
    this.#desired = desired;
    this.#isOutdated = true;
    this.#step();
  }

  /** Gives up what was to be reached: the agent does not act for now. */
  rest(): void {
    this.#desired = undefined;
    this.#memory = paused(this.#memory);
    this.#sleep();
  }

  /** Starts nothing more; settles when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#sleep();
    await Promise.all([this.#flowsUnderWay, this.#rowsUnderWay]);
  }

  #step(): void {
    if (this.#desired === undefined || this.#isStopped) return;
    try {
      this.#carryOut(this.#desired);
    } catch (error) {
      this.#options.onError(error);
      this.#wake(this.#clock.now() + RETRY_MS, this.#clock.now());
    }
  }

  #carryOut(desired: DesiredBridge): void {
    const { layout, flows, onDecision } = this.#options;
    const now = this.#clock.now();
    const decision = (this.#options.decide ?? decide)(layout, desired, this.#observe(), this.#memory, now);
    const isNew = this.#memory.repairs.flows === undefined;
    this.#memory = decision.memory;
    flows.mind(decision.held);
    if (decision.read) this.#withFlows(() => flows.read());
    else if (decision.mods.length > 0) this.#withFlows(() => this.#commit(decision));
    else if (decision.isDone) {
      flows.reached(decision.wanted, commitmentOf(decision));
      // What was last committed over another connection may have been the work of an agent that died right after it.
      if (isNew) this.#options.onCommit();
    }
    if (decision.portMods.length > 0) this.#options.locks?.configure(decision.portMods);
    if (decision.transactions.length > 0) this.#write(decision.transactions);
    this.#wake(decision.wakeAt, now);
    onDecision(decision);
  }

  #observe(): Observed {
    return {
      ...this.#options.flows.observed,
      settings: this.#options.settings(),
      portConfigs: this.#options.locks?.configs,
      isBusyWithFlows: this.#flowsUnderWay !== undefined,
      isBusyWithRows: this.#rowsUnderWay !== undefined,
    };
  }

  async #commit(decision: Decision): Promise<void> {
    try {
      await this.#options.flows.commit(decision.wanted, commitmentOf(decision));
    } catch (error) {
      const memory =
        error instanceof BundleRefused
          ? refused(this.#memory, decision, error.mod.flow, error.message, this.#clock.now())
          : undefined;
      // Where no single port is to blame, there is nothing to leave out.
      if (memory === undefined) throw error;
      this.#memory = memory;
      this.#options.onError(error);
      return;
    }
    this.#memory = acknowledged(this.#memory, decision);
    this.#options.onCommit();
  }

  /** Does `work`, alone with the flows, and goes on from what has come of it. */
  #withFlows(work: () => Promise<void>): void {
    this.#isOutdated = false;
    this.#flowsUnderWay = this.#done(work(), 'flowsFailure', () => {
      this.#flowsUnderWay = undefined;
      return this.#isOutdated;
    });
  }

  #write(transactions: readonly RowTransaction[]): void {
    // Each port's change is a transaction of its own: one that fails takes no other along.
    const results = transactions.map(({ operations }) => this.#options.rows.transact(operations));
    const all = Promise.allSettled(results).then((settled) => {
      const done = transactions.filter((_, index) => settled[index]?.status === 'fulfilled');
      this.#memory = written(this.#memory, done, this.#clock.now());
      const failed = settled.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    });
    this.#rowsUnderWay = this.#done(all, 'rowsFailure', () => {
      this.#rowsUnderWay = undefined;
      return false;
    });
  }

  /** Waits for `work`; `end` says whether something has changed meanwhile, so that what failed is tried again at once. */
  async #done(work: Promise<void>, failure: 'flowsFailure' | 'rowsFailure', end: () => boolean): Promise<void> {
    try {
      await work;
      end();
    } catch (error) {
      this.#memory = failed(this.#memory, failure, messageOf(error));
      this.#options.onError(error);
      if (!end()) {
        this.#wake(this.#clock.now() + RETRY_MS, this.#clock.now());
        return;
      }
    }
    this.#step();
  }

  #sleep(): void {
    this.#cancelWake();
    this.#wakeAt = undefined;
  }

  /** Takes a step at `time`, or at the time set before where that is sooner. */
  #wake(time: number | undefined, now: number): void {
    if (time === undefined || this.#isStopped) return;
    if (this.#wakeAt !== undefined && this.#wakeAt > now && this.#wakeAt <= time) return;
    this.#cancelWake();
    this.#wakeAt = time;
    this.#cancelWake = this.#clock.after(time - now, () => {
      this.#wakeAt = undefined;
      this.#step();
    });
  }
}

function commitmentOf({ mods, left }: Decision): Parameters<BridgeSwitch['commit']>[1] {
  return { mods, whole: left.nothing, disturbed: left.disturbed };
}
