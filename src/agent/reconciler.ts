import type { AlarmCode } from '../alarm/alarm-codes.ts';
import { condition, type Condition } from '../alarm/alarm.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Layout } from '../pipeline/layout.ts';
import { roleName } from '../pvlan/role.ts';
import type { BridgeSwitch } from './bridge-switch.ts';
import { Contention } from './contention.ts';
import { Drift, marksInWords } from './drift.ts';
import { FlowInstaller } from './flow-installer.ts';
import type { BridgeGoal, JudgedPort } from './goal.ts';
import { memo } from './memo.ts';
import { messageOf } from './message-of.ts';
import { Obstacles } from './obstacles.ts';
import { Refusals } from './refusals.ts';
import { bearsMarks } from './row-difference.ts';
import { RowKeeper, type RowTask, type RowWriter } from './row-keeper.ts';
import type { Settlement } from './settlement.ts';
import { SingleFlight } from './single-flight.ts';

/** Waits before a failed pass is tried again, in milliseconds; any new fact comes first. */
const RETRY_MS = 1000;

/** More things fought over than this are counted, not listed. */
const LISTED = 5;

/** What the last complete pass over the flows left acknowledged. */
interface Served {
  /** The ports whose verdicts the flows are for. */
  readonly ports: ReadonlySet<JudgedPort>;
  /** Those of them that the flows open. */
  readonly open: ReadonlySet<JudgedPort>;
  /** As what each port is served, by row. */
  readonly as: ReadonlyMap<string, string>;
}

/**
 * Brings one bridge to its goal from whatever state it finds: there is no memory of what was done, only the difference that is
 * left. Flows are brought about in one pass at a time, rows in another, which waits for the flows where it has to; the flows
 * never wait for the rows.
 *
 * INVARIANTS:
 * 1. A port's opening flows are installed only while its VLAN setting is in force (`Settlement`); until then it is dropped.
 * 2. A VLAN setting that opens a port is written only after the flows that closed it for its old role are acknowledged.
 * 3. Marks are written only after the flows they speak of are acknowledged; taking them away waits for nothing.
 */
export class Reconciler {
  readonly #switch: BridgeSwitch;
  readonly #settlement: Settlement;
  readonly #flight: SingleFlight;
  readonly #rows: RowKeeper;
  readonly #refusals = new Refusals();
  readonly #obstacles = new Obstacles();
  readonly #contention = new Contention();
  readonly #installer: FlowInstaller;
  readonly #stopping = new AbortController();
  #goal: BridgeGoal | undefined;
  /** Why the last pass over the flows failed, if it did. */
  #failure: string | undefined;
  readonly #drift = new Drift();
  /** Wakes the work up for what was postponed. */
  #later: NodeJS.Timeout | undefined;
  #laterDue = Infinity;
  #served: Served | undefined;
  /** Told when a pass has ended. */
  readonly #onOutcome: () => void;

  constructor(
    bridge: BridgeSwitch,
    rows: RowWriter,
    settlement: Settlement,
    layout: Layout,
    onError: (error: unknown) => void,
    onCommit: () => void,
    onOutcome: () => void,
  ) {
    this.#onOutcome = onOutcome;
    this.#switch = bridge;
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
    this.#rows = new RowKeeper(rows, () => this.#rowTask(), onError, onOutcome);
    this.#flight = new SingleFlight(
      () => this.#pass(),
      (error) => {
        this.#failure = messageOf(error);
        onError(error);
        onOutcome();
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
    this.#served = undefined;
  }

  get busy(): boolean {
    return this.#flight.busy || this.#rows.busy;
  }

  /** Whether the flows of the port are acknowledged as its verdict wants them now. */
  acknowledged(judged: JudgedPort): boolean {
    return this.#isUp() && this.#served?.as.get(judged.port.row._uuid) === servedAs(judged);
  }

  /** Flows of others in the place of ours. */
  get obstacles(): Obstacles {
    return this.#obstacles;
  }

  /** What needs the operator. */
  conditions(): readonly Condition[] {
    const { bridge } = this.#switch;
    const ports = this.#goal?.ports ?? [];
    const refused = ports.flatMap((judged) => {
      const reason = this.#refusals.reason(judged);
      const { name: port } = judged.port;
      return reason === undefined
        ? []
        : [condition('flows-refused', { bridge, port }, `port ${port} stays closed: ${reason}`)];
    });
    const failed = (code: AlarmCode, failure: string | undefined): readonly Condition[] =>
      failure === undefined || this.#goal === undefined
        ? []
        : [condition(code, { bridge }, `not as wanted yet: ${failure}`)];
    return [
      ...failed('flows-failed', this.#failure),
      ...failed('rows-failed', this.#rows.failure),
      ...refused,
      ...this.#obstacles.conditions(bridge, ports),
      ...fightConditions(bridge, this.#contention.fights(performance.now())),
    ];
  }

  /** How often a flow, VLAN setting or mark had to be written again because somebody changed it. */
  get repairs(): number {
    return this.#contention.repairs;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#later);
    await Promise.all([this.#flight.stop(), this.#rows.stop()]);
  }

  async #pass(): Promise<void> {
    const gap = this.#contention.gap(performance.now());
    if (gap > 0) await this.#wait(gap);
    const goal = this.#goal;
    if (goal === undefined || this.#stopping.signal.aborted) return;
    if (!this.#isUp()) {
      this.#refusals.clear();
      this.#obstacles.begin();
      this.#obstacles.end();
      this.#installer.forget();
      this.#served = undefined;
    }
    this.#refusals.keepOnly(goal.ports);
    const now = performance.now();
    const settled = new Set(goal.ports.filter((judged) => this.#isSettled(judged, now)));
    const isOpen = (judged: JudgedPort): boolean => this.#isUp() && settled.has(judged) && isEndpoint(judged);
    const undone = this.#drift.undone(goal.ports, (judged) => isOpen(judged) && !this.#obstacles.has(judged));
    this.#contention.note(undone, now);
    // A goal that was given up while the flows were read is not pursued.
    const isGivenUp = (): boolean => this.#goal === undefined || this.#stopping.signal.aborted;
    const installed = this.#isUp() ? this.#installer.install(goal, settled, isGivenUp) : Promise.resolve(false);
    // Rows are closed without waiting for the flows, but these are on their way first.
    this.#rows.request();
    try {
      const done = await installed;
      this.#served = done ? served(goal.ports, isOpen) : undefined;
      if (done) this.#refusals.accepted(now);
    } catch (error) {
      this.#served = undefined;
      throw error;
    } finally {
      this.#rows.request();
      const wait = this.#refusals.wait(performance.now());
      if (wait !== undefined) this.#postpone(wait);
    }
    this.#failure = undefined;
    this.#onOutcome();
  }

  /** What the rows have to become, as far as the flows have come by now. */
  #rowTask(): RowTask | undefined {
    const goal = this.#goal;
    if (goal === undefined || this.#stopping.signal.aborted) return undefined;
    const now = performance.now();
    const flows = this.#isUp() ? this.#served : undefined;
    // Until the first connection stands or has failed nobody knows that a mark is wrong: a restart must not take it away.
    const undecided = this.#switch.state.kind === 'connecting';
    return {
      ports: goal.ports,
      opens: (judged) => {
        if (!this.#isSettled(judged, now) || !isEndpoint(judged)) return false;
        if (undecided) return bearsMarks(judged.port, judged.verdict);
        // A port that was refused on the way is settled no more: its marks have to go.
        return this.#isUp() && !(flows?.ports.has(judged) === true && !flows.open.has(judged));
      },
      mayLoosen: (judged) =>
        flows?.ports.has(judged) === true &&
        !this.#refusals.has(judged, now) &&
        !this.#obstacles.has(judged) &&
        !this.#isFoughtOver(judged, now),
    };
  }

  #isUp(): boolean {
    return this.#switch.state.kind === 'up';
  }

  #isSettled(judged: JudgedPort, now: number): boolean {
    return this.#settlement.isSettled(judged) && !this.#refusals.has(judged, now);
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

  /** Waits while another writer fights with us, so that the fight costs neither side the machine. */
  async #wait(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

/** Whether the port has a number for flows to name, and is not closed for good. */
function isEndpoint({ port, verdict }: JudgedPort): boolean {
  return port.ofports.length > 0 && verdict.kind !== 'quarantined';
}

function fightConditions(bridge: string, fights: readonly string[]): readonly Condition[] {
  const told = fights
    .slice(0, LISTED)
    .map((about) => condition('fought-over', { bridge, about }, `another writer keeps undoing ${about}`));
  if (fights.length <= LISTED) return told;
  const more = `another writer keeps undoing ${fights.length - LISTED} more things`;
  return [...told, condition('fought-over', { bridge, about: 'more' }, more)];
}

function served(ports: readonly JudgedPort[], isOpen: (judged: JudgedPort) => boolean): Served {
  const open = ports.filter(isOpen);
  return {
    ports: new Set(ports),
    open: new Set(open),
    as: new Map(open.map((judged) => [judged.port.row._uuid, servedAs(judged)])),
  };
}

/** What the flows of a port depend on first of all: a port whose role or number changes is not served yet. */
const servedAs = memo(({ port, verdict }: JudgedPort): string => {
  return `${'role' in verdict ? roleName(verdict.role) : verdict.kind} ${port.ofports.join()}`;
});
