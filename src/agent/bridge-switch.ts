import type { Observable } from 'rxjs';
import { Subject } from 'rxjs';
import { OpenFlowConnection } from '../openflow/connection.ts';
import type { FlowChange } from '../openflow/flow-monitor.ts';
import type { Flow, FlowMod } from '../openflow/flow.ts';
import { COOKIE, COOKIE_MASK, isOurs } from '../pipeline/cookie.ts';
import { FlowMirror } from './flow-mirror.ts';
import { ForeignTables } from './foreign-tables.ts';
import { flowDifference, type FlowDifference } from './flow-difference.ts';
import { keyOf, type FlowIndex } from './flow-index.ts';
import { ReconnectDelay } from './reconnect-delay.ts';

/** How the connection to a bridge stands. */
export type SwitchState =
  { readonly kind: 'connecting' } | { readonly kind: 'up' } | { readonly kind: 'down'; readonly error: Error };

/** Changes that are still to be made, and whether somebody else changed our flows since we last made any. */
export interface Difference extends FlowDifference {
  readonly disturbed: boolean;
}

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
  readonly #remote: string;
  readonly #foreign: ForeignTables;
  readonly #changes = new Subject<void>();
  #state: SwitchState = { kind: 'connecting' };
  #connection: OpenFlowConnection | undefined;
  readonly #mirror = new FlowMirror();
  /** A bundle or a read is under way: what the switch tells meanwhile may be of before or after it. */
  #underWay = false;
  #stale = true;
  #foreignStale = true;
  /** Places in which others have a flow, and what becomes of it matters. */
  #minded: ReadonlySet<string> = new Set();
  readonly #delay = new ReconnectDelay();
  #retry: NodeJS.Timeout | undefined;
  #audit: NodeJS.Timeout | undefined;
  #closed = false;

  /** `tables` are those in which flows of others are looked for. */
  constructor(bridge: string, remote: string, tables: readonly number[]) {
    this.bridge = bridge;
    this.#remote = remote;
    this.#foreign = new ForeignTables(tables);
  }

  /** Fires when the connection comes or goes, and when somebody else changes our flows. */
  get changes$(): Observable<void> {
    return this.#changes;
  }

  get state(): SwitchState {
    return this.#state;
  }

  /** Our flows. */
  get flows(): FlowIndex {
    return this.#mirror.flows;
  }

  /** Flows of others in the agent's tables. */
  get foreign(): Iterable<Flow> {
    return this.#foreign.flows;
  }

  open(): void {
    void this.#connect();
  }

  /** Whether our flows in the bridge are known to be `wanted`: false where that would have to be found out. */
  isAt(wanted: FlowIndex): boolean {
    return !this.#stale && this.#mirror.isAt(wanted);
  }

  /** Whether our flows have to be read before it is known what there is. */
  get isStale(): boolean {
    return this.#stale;
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

  /** What it takes to turn our flows, as they were last read or followed, into `wanted`. */
  difference(wanted: FlowIndex): Difference {
    const difference = flowDifference(this.#mirror.flows, wanted, (key) => this.#foreign.at(key));
    return { ...difference, disturbed: !this.#mirror.undisturbed };
  }

  /** Fires `changes$` from now on when a flow of others in one of these places changes or goes. */
  mind(places: ReadonlySet<string>): void {
    this.#minded = places;
  }

  /**
   * Applies the difference to `wanted`, or what `commitment` names of it, as one atomic bundle and waits for the barrier.
   * @throws OpenFlowError; nothing is applied then
   */
  async commit(wanted: FlowIndex, { mods, whole, disturbed }: Commitment): Promise<void> {
    if (mods.length > 0) {
      await this.#unobserved(async () => {
        await this.#up().commit(mods);
      });
    }
    if (whole) this.#mirror.reached(wanted);
    else this.#mirror.applied(mods, disturbed);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#audit);
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

  #up(): OpenFlowConnection {
    if (this.#connection === undefined) {
      throw this.#state.kind === 'down' ? this.#state.error : new Error(`bridge ${this.bridge} is not connected yet`);
    }
    return this.#connection;
  }

  async #connect(): Promise<void> {
    try {
      const connection = await OpenFlowConnection.connect(this.#remote);
      if (this.#closed) {
        connection.close();
        return;
      }
      this.#adopt(connection);
    } catch (error) {
      this.#lost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #adopt(connection: OpenFlowConnection): void {
    this.#connection = connection;
    this.#stale = true;
    this.#foreignStale = true;
    this.#delay.connected(performance.now());
    this.#state = { kind: 'up' };
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
      clearInterval(this.#audit);
      this.#connection = undefined;
      this.#lost(reason ?? new Error(`bridge ${this.bridge} closed its OpenFlow connection`));
    });
    this.#changes.next();
  }

  #auditEvery(periodMs: number): void {
    clearInterval(this.#audit);
    this.#audit = setInterval(() => {
      this.#stale = true;
      this.#foreignStale = true;
      this.#changes.next();
    }, periodMs);
  }

  #lost(error: Error): void {
    if (this.#closed) return;
    this.#stale = true;
    this.#mirror.load([]);
    this.#foreign.forget();
    this.#state = { kind: 'down', error };
    this.#retry = setTimeout(() => void this.#connect(), this.#delay.failed(performance.now()));
    this.#changes.next();
  }
}
