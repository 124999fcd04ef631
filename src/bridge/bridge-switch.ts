import type { Observable } from 'rxjs';
import { Subject } from 'rxjs';
import type { OpenFlowConnection } from '../openflow/connection.ts';
import type { FlowCounter } from '../openflow/flow-counter.ts';
import type { FlowChange } from '../openflow/flow-monitor.ts';
import type { Flow, FlowMod } from '../openflow/flow.ts';
import { COUNTING } from '../pipeline/cause.ts';
import { COOKIE, COOKIE_MASK, isOurs } from '../pipeline/cookie.ts';
import type { Histogram } from '../base/histogram.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import { FlowMirror } from './flows/flow-mirror.ts';
import { ForeignTables } from './flows/foreign-tables.ts';
import { timed } from './timings.ts';
import { keyOf, type FlowIndex } from './flows/flow-index.ts';
import type { ConnectionState, ObservedFlows } from './decide/observed.ts';
import { ReconnectDelay } from './reconnect-delay.ts';

/** What a bridge needs of its OpenFlow connection. */
export type FlowConnection = Pick<
  OpenFlowConnection,
  'description' | 'readFlows' | 'readCounters' | 'commit' | 'monitorFlows' | 'closed' | 'close'
>;

/** What is applied of a difference. */
export interface Commitment {
  readonly mods: readonly FlowMod[];
  /** All that was missing: the flows are as wanted then. */
  readonly whole: boolean;
  /** What is left out was done by others, and is to be put right another time. */
  readonly disturbed: boolean;
}

/** A full read of our flows, in milliseconds: the net under the flow monitor. */
const AUDIT_MS = 60_000;

/** The same where the switch has no flow monitor. */
const UNMONITORED_MS = 2000;

/**
 * A bridge's flow table as the agent owns it: one kept-open OpenFlow connection, a mirror of the flows that bear our cookie, and
 * one of what others have in our tables. They are read at every connect and follow our own acknowledged changes and what the
 * switch tells of others'; where their order is in doubt they are stale, and read again before they are used.
 *
 * A flow of others that was there before ours is theirs, and stays. One that took the place of ours under our eyes has changed
 * our flow, which is put right.
 */
export class BridgeSwitch {
  readonly bridge: string;
  readonly #foreign: ForeignTables;
  readonly #changes = new Subject<void>();
  readonly #connectTo: () => Promise<FlowConnection>;
  readonly #clock: Clock;
  readonly #durations: Histogram | undefined;
  #state: ConnectionState = { kind: 'connecting' };
  #generation = 0;
  #connection: FlowConnection | undefined;
  readonly #mirror = new FlowMirror();
  /** A bundle or a read is under way: what the switch tells meanwhile may be of before or after it. */
  #underWay = false;
  #stale = true;
  #foreignStale = true;
  /** Places in which others have a flow, and what becomes of it matters. */
  #minded: ReadonlySet<string> = new Set();
  readonly #delay = new ReconnectDelay();
  #cancelRetry: () => void = () => undefined;
  #cancelAudit: () => void = () => undefined;
  #closed = false;

  /** `tables` are those in which flows of others are looked for; in `durations` it is noted how long commits take. */
  constructor(
    bridge: string,
    connect: () => Promise<FlowConnection>,
    tables: readonly number[],
    clock: Clock = SYSTEM_CLOCK,
    durations?: Histogram,
  ) {
    this.bridge = bridge;
    this.#connectTo = connect;
    this.#clock = clock;
    this.#durations = durations;
    this.#foreign = new ForeignTables(tables);
  }

  /** Fires when the connection comes or goes, and when somebody else changes our flows. */
  get changes$(): Observable<void> {
    return this.#changes;
  }

  /** What is known of the flows now. */
  get observed(): ObservedFlows {
    return {
      connection: this.#state,
      generation: this.#generation,
      isStale: this.#stale,
      isUndisturbed: this.#mirror.undisturbed,
      flows: this.#mirror.flows,
      foreign: this.#foreign.flows,
    };
  }

  open(): void {
    void this.#connect();
  }

  /** Reads our flows, and those of others where they are in doubt. @throws OpenFlowError where the connection is down */
  async read(): Promise<void> {
    this.#stale = false;
    await this.#unobserved(async () => {
      const connection = this.#up();
      const before = this.#mirror.flows;
      const foreign = this.#foreignStale ? this.#foreign.read(connection) : undefined;
      this.#foreignStale = false;
      const [ours] = await Promise.all([connection.readFlows({ cookie: COOKIE, cookieMask: COOKIE_MASK }), foreign]);
      this.#mirror.load(ours);
      // Where ours was or is, a flow of others is one that took its place.
      this.#foreign.displaced(before.keys());
      this.#foreign.displaced(this.#mirror.flows.keys());
    });
  }

  /** How often our flows that count what is dropped have matched. @throws OpenFlowError where the connection is down */
  counters(): Promise<readonly FlowCounter[]> {
    return this.#up().readCounters(COUNTING);
  }

  /** Fires `changes$` from now on when a flow of others in one of these places changes or goes. */
  mind(places: ReadonlySet<string>): void {
    this.#minded = places;
  }

  /**
   * Applies the difference to `wanted`, or what `commitment` names of it, as one atomic bundle and waits for the barrier.
   * @throws OpenFlowError; nothing is applied then
   */
  async commit(wanted: FlowIndex, commitment: Commitment): Promise<void> {
    await this.#unobserved(async () => {
      await timed(this.#durations, () => this.#up().commit(commitment.mods));
    });
    this.reached(wanted, commitment);
  }

  /** Takes note that the flows are `wanted` now, or what `commitment` names of it. */
  reached(wanted: FlowIndex, { mods, whole, disturbed }: Commitment): void {
    if (whole) this.#mirror.reached(wanted);
    else this.#mirror.applied(mods, disturbed);
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#cancelAudit();
    this.#connection?.close();
    this.#changes.complete();
  }

  /** Runs `work`, which may fail; what it did is unknown then. */
  async #unobserved(work: () => Promise<void>): Promise<void> {
    this.#underWay = true;
    try {
      await work();
    } catch (error) {
      this.#stale = true;
      this.#foreignStale = true;
      throw error;
    } finally {
      this.#underWay = false;
    }
  }

  /** Somebody else has changed flows. */
  #hear(change: Exclude<FlowChange, { readonly own: true }>): void {
    if (!('flow' in change)) {
      this.#foreignStale = true;
      this.#follow(undefined);
    } else if (isOurs(change.flow.cookie)) {
      this.#foreign.displaced([keyOf(change.flow)]);
      this.#follow(change);
    } else if (change.event !== 'removed' && this.#mirror.holds(change.flow)) {
      // One in the place of ours: ours is gone.
      this.#follow({ ...change, event: 'removed' });
    } else {
      this.#foreign.follow(change);
      // While ours may be on their way to that very place, nobody knows who came first.
      if (this.#underWay && change.event !== 'removed') this.#follow(undefined);
      else if (this.#minded.has(keyOf(change.flow))) this.#changes.next();
    }
  }

  /** What others did to our flows is followed where it is certain what, and in which order, else all is read again. */
  #follow(change: Extract<FlowChange, { readonly flow: Flow }> | undefined): void {
    if (this.#underWay || change === undefined) this.#stale = true;
    else this.#mirror.follow(change);
    this.#changes.next();
  }

  #up(): FlowConnection {
    if (this.#connection === undefined) {
      throw this.#state.kind === 'down' ? this.#state.error : new Error(`bridge ${this.bridge} is not connected yet`);
    }
    return this.#connection;
  }

  async #connect(): Promise<void> {
    try {
      const connection = await this.#connectTo();
      if (this.#closed) {
        connection.close();
        return;
      }
      this.#adopt(connection);
    } catch (error) {
      this.#lost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #adopt(connection: FlowConnection): void {
    this.#connection = connection;
    this.#stale = true;
    this.#foreignStale = true;
    this.#delay.connected(this.#clock.now());
    this.#generation += 1;
    this.#state = { kind: 'up', software: connection.description.software };
    this.#auditEvery(AUDIT_MS);
    const watch = connection.monitorFlows().subscribe({
      next: (change) => {
        if (!change.own) this.#hear(change);
      },
      // The connection's own end is handled below. Open vSwitch before 3.0 has no flow monitor in OpenFlow 1.4 and 1.5: there
      // our flows are looked at every so often.
      error: () => {
        if (connection === this.#connection) this.#auditEvery(UNMONITORED_MS);
      },
    });
    void connection.closed.then((reason) => {
      watch.unsubscribe();
      this.#cancelAudit();
      this.#connection = undefined;
      this.#lost(reason ?? new Error(`bridge ${this.bridge} closed its OpenFlow connection`));
    });
    this.#changes.next();
  }

  #auditEvery(periodMs: number): void {
    this.#cancelAudit();
    this.#cancelAudit = this.#clock.after(periodMs, () => {
      this.#stale = true;
      this.#foreignStale = true;
      this.#auditEvery(periodMs);
      this.#changes.next();
    });
  }

  #lost(error: Error): void {
    if (this.#closed) return;
    this.#stale = true;
    this.#mirror.load([]);
    this.#foreign.forget();
    this.#state = { kind: 'down', error };
    this.#cancelRetry = this.#clock.after(this.#delay.failed(this.#clock.now()), () => void this.#connect());
    this.#changes.next();
  }
}
