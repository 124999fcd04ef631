import { setTimeout as delay } from 'node:timers/promises';
import type { Operation } from '../ovsdb/operation.ts';
import type { Layout } from '../pipeline/layout.ts';
import { portSetting } from '../pvlan/port-setting.ts';
import { roleName } from '../pvlan/role.ts';
import { sameVlanSetting } from '../pvlan/vlan-setting.ts';
import type { BridgeSwitch } from './bridge-switch.ts';
import { Contention } from './contention.ts';
import { Drift, marksInWords } from './drift.ts';
import { FlowInstaller } from './flow-installer.ts';
import type { BridgeGoal, JudgedPort } from './goal.ts';
import { memo } from './memo.ts';
import { Obstacles } from './obstacles.ts';
import { Refusals } from './refusals.ts';
import { bearsMarks, rowChanges } from './row-difference.ts';
import type { Settlement } from './settlement.ts';
import { SingleFlight } from './single-flight.ts';

/** What the reconciler needs of the database. */
export interface RowWriter {
  /** Runs one transaction. @throws where it was not committed */
  transact(operations: readonly Operation[]): Promise<void>;
}

/** Waits before a failed pass is tried again, in milliseconds; any new fact comes first. */
const RETRY_MS = 1000;

/** More things fought over than this are counted, not listed. */
const LISTED = 5;

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
  readonly #flight: SingleFlight;
  readonly #refusals = new Refusals();
  readonly #obstacles = new Obstacles();
  readonly #contention = new Contention();
  readonly #installer: FlowInstaller;
  readonly #stopping = new AbortController();
  #goal: BridgeGoal | undefined;
  /** Why the last pass failed, if it did. */
  #failure: string | undefined;
  readonly #drift = new Drift();
  /** Wakes the work up for what was postponed. */
  #later: NodeJS.Timeout | undefined;
  #laterDue = Infinity;
  /** Ports whose flows the last complete pass left acknowledged, and as what. */
  #acknowledged: ReadonlyMap<string, string> = new Map();

  constructor(
    bridge: BridgeSwitch,
    rows: RowWriter,
    settlement: Settlement,
    layout: Layout,
    onError: (error: unknown) => void,
    onCommit: () => void,
  ) {
    this.#switch = bridge;
    this.#rows = rows;
    this.#settlement = settlement;
    this.#installer = new FlowInstaller({
      bridge,
      layout,
      refusals: this.#refusals,
      obstacles: this.#obstacles,
      contention: this.#contention,
      onCommit,
      onRefusal: onError,
      onPostponed: (milliseconds) => {
        this.#postpone(milliseconds);
      },
    });
    this.#flight = new SingleFlight(
      () => this.#pass(),
      (error) => {
        this.#failure = error instanceof Error ? error.message : String(error);
        onError(error);
      },
      RETRY_MS,
    );
  }

  /** Sets what to reach and begins, now or after the pass under way. */
  pursue(goal: BridgeGoal): void {
    this.#goal = goal;
    this.#flight.request();
  }

  /** Gives the goal up: the agent does not act for now, and what it last wanted may be out of date when it does again. */
  rest(): void {
    this.#goal = undefined;
    this.#failure = undefined;
    this.#acknowledged = new Map();
  }

  get busy(): boolean {
    return this.#flight.busy;
  }

  /** Whether the flows of the port are acknowledged as its verdict wants them now. */
  acknowledged(judged: JudgedPort): boolean {
    return this.#switch.state.kind === 'up' && this.#acknowledged.get(judged.port.row._uuid) === servedAs(judged);
  }

  /** Flows of others in the place of ours. */
  get obstacles(): Obstacles {
    return this.#obstacles;
  }

  /** What needs the operator, a line each. */
  alarms(): readonly string[] {
    const now = performance.now();
    const refused = (this.#goal?.ports ?? []).flatMap((judged) => {
      const reason = this.#refusals.reason(judged, now);
      return reason === undefined ? [] : [`port ${judged.port.name} stays closed: ${reason}`];
    });
    const fights = this.#contention.fights(now);
    const told = fights.slice(0, LISTED).map((what) => `another writer keeps undoing ${what}; find and stop it`);
    const more = fights.length > LISTED ? [`and ${fights.length - LISTED} more things that are fought over`] : [];
    const failure = this.#failure === undefined ? [] : [`not as wanted yet, and tried again: ${this.#failure}`];
    return [...failure, ...refused, ...this.#obstacles.alarms(this.#goal?.ports ?? []), ...told, ...more];
  }

  /** How often a flow, VLAN setting or mark had to be written again because somebody changed it. */
  get repairs(): number {
    return this.#contention.repairs;
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#later);
    return this.#flight.stop();
  }

  async #pass(): Promise<void> {
    const gap = this.#contention.gap(performance.now());
    if (gap > 0) await this.#wait(gap);
    const goal = this.#goal;
    if (goal === undefined || this.#stopping.signal.aborted) return;
    const connected = this.#switch.state.kind === 'up';
    if (!connected) {
      this.#refusals.clear();
      this.#obstacles.clear();
      this.#installer.forget();
    }
    this.#refusals.keepOnly(goal.ports);
    const now = performance.now();
    const settled = new Set(
      goal.ports.filter((judged) => this.#settlement.isSettled(judged) && !this.#refusals.has(judged, now)),
    );
    const isOpen = (judged: JudgedPort): boolean =>
      connected && judged.port.ofports.length > 0 && settled.has(judged) && judged.verdict.kind !== 'quarantined';
    this.#contention.note(
      this.#drift.undone(goal.ports, (judged) => isOpen(judged) && !this.#obstacles.has(judged)),
      now,
    );
    // A goal that was given up while the flows were read is not pursued.
    const isGivenUp = (): boolean => this.#goal === undefined || this.#stopping.signal.aborted;
    const flows = connected ? this.#installer.install(goal, settled, isGivenUp) : Promise.resolve(false);
    // Until the first connection stands or has failed nobody knows that a mark is wrong: a restart must not take it away.
    const undecided = this.#switch.state.kind === 'connecting';
    const keepsMarks = (judged: JudgedPort): boolean =>
      undecided && settled.has(judged) && bearsMarks(judged.port, judged.verdict);
    const changes = goal.ports.map((judged) => {
      const opens = isOpen(judged) || keepsMarks(judged);
      return { judged, opens, change: opens ? whenOpen(judged) : whenClosed(judged) };
    });
    // Closing never waits for the flows, nor for the rows of another port.
    const closed = this.#transactAll(changes.map(({ change }) => change.tighten));
    const [flowsDone, closedDone] = await Promise.allSettled([flows, closed]);
    if (flowsDone.status === 'rejected' || !flowsDone.value) this.#acknowledged = new Map();
    else {
      const open = changes.filter(({ judged }) => isOpen(judged));
      this.#acknowledged = new Map(open.map(({ judged }) => [judged.port.row._uuid, servedAs(judged)]));
      const wanted = this.#stillWanted(goal.ports);
      const isShut = (judged: JudgedPort): boolean =>
        this.#refusals.has(judged, now) || this.#obstacles.has(judged) || this.#isFoughtOver(judged, now);
      const due = changes.flatMap(({ judged, opens, change }) => {
        // A port that was refused on the way is settled no more: its marks have to go.
        if (opens && connected && !isOpen(judged)) return [whenClosed(judged).tighten];
        return wanted.has(judged) && !isShut(judged) ? [change.loosen] : [];
      });
      await this.#transactAll(due);
    }
    const wait = this.#refusals.wait(performance.now());
    if (wait !== undefined) this.#postpone(wait);
    if (flowsDone.status === 'rejected') throw flowsDone.reason;
    if (closedDone.status === 'rejected') throw closedDone.reason;
    this.#failure = undefined;
  }

  /** Whether the port's marks are fought over, and have to wait. */
  #isFoughtOver(judged: JudgedPort, now: number): boolean {
    const pause = this.#contention.pause(marksInWords(judged), now);
    if (pause > 0) this.#postpone(pause);
    return pause > 0;
  }

  /** Asks for a pass in so many milliseconds, or sooner; what is still to be postponed then is postponed anew. */
  #postpone(milliseconds: number): void {
    const due = performance.now() + milliseconds;
    if (this.#stopping.signal.aborted || due >= this.#laterDue) return;
    clearTimeout(this.#later);
    this.#laterDue = due;
    this.#later = setTimeout(() => {
      this.#laterDue = Infinity;
      this.#flight.request();
    }, Math.ceil(milliseconds));
  }

  /** Ports of which the newest goal wants what this pass was for: a later one may have closed them meanwhile. */
  #stillWanted(ports: readonly JudgedPort[]): ReadonlySet<JudgedPort> {
    if (this.#goal?.ports === ports) return new Set(ports);
    const latest = new Map(this.#goal?.ports.map((judged) => [judged.port.row._uuid, judged.verdict]));
    const wanted = ports.filter(({ port, verdict }) => {
      const newest = latest.get(port.row._uuid);
      if (newest?.kind !== verdict.kind) return false;
      const [before, now] = [portSetting(verdict), portSetting(newest)];
      return before === undefined || now === undefined ? before === now : sameVlanSetting(before, now);
    });
    return new Set(wanted);
  }

  /** Waits while another writer fights with us, so that the fight costs neither side the machine. */
  async #wait(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
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

/** What the flows of a port depend on first of all: a port whose role or number changes is not served yet. */
const servedAs = memo(({ port, verdict }: JudgedPort): string => {
  return `${'role' in verdict ? roleName(verdict.role) : verdict.kind} ${port.ofports.join()}`;
});

const whenOpen = memo(({ port, verdict }: JudgedPort) => rowChanges(port, verdict, true));
const whenClosed = memo(({ port, verdict }: JudgedPort) => rowChanges(port, verdict, false));
