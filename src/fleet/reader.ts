import { Subject, type Observable } from 'rxjs';
import { expectColumns } from '../ovsdb/expected-columns.ts';
import type { Condition as RowCondition } from '../ovsdb/operation.ts';
import { OvsdbSession } from '../ovsdb/session.ts';
import type { ConnectionOptions } from '../ovsdb/session-options.ts';
import type { SessionState } from '../ovsdb/session-state.ts';
import type { Row, Uuid } from '../ovsdb/value.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { FleetFacts } from './facts.ts';
import { readFacts, type FleetRows } from './read-facts.ts';
import { fleetColumns, readEndpointRow, readPolicyRow, readRouterRow, readVerdictRow } from './rows.generated.ts';

/** Name of the fleet's database. */
export const FLEET_DATABASE = 'PVLAN_Fleet';

/** What to do about a server whose schema does not fit. */
export const FLEET_REMEDY = "convert it ('pvlan-agent fleet upgrade' prints the command)";

/**
 * Follows what hosts tell each other. Until the first sync it says what `known` says; from then on what the database said last,
 * whether it is there or not: that nobody can be asked is no news of anybody.
 */
export class FleetReader {
  readonly changes$: Observable<void>;
  readonly #changes = new Subject<void>();
  readonly #session: OvsdbSession;
  readonly #pvlans: Set<VlanId>;
  #rows: FleetRows;
  #hasSynced = false;
  #isStale = false;
  #facts: FleetFacts;

  /** @param pvlans whose guests are of interest from the start */
  constructor(connection: ConnectionOptions, known: FleetRows, pvlans: Iterable<VlanId>) {
    this.#rows = known;
    this.#facts = readFacts(known);
    this.#pvlans = new Set([...pvlans, ...this.#facts.endpoints.map(({ role }) => role.primary)]);
    this.changes$ = this.#changes;
    this.#session = new OvsdbSession({
      cluster: 'any',
      ...connection,
      database: FLEET_DATABASE,
      monitor: (schema) => {
        const { Endpoint, Router, Policy, Verdict } = expectColumns(schema, fleetColumns, FLEET_REMEDY);
        // Those that everybody wants whole share a monitor, which the server answers out of one cache for all.
        const guests = { columns: Endpoint?.columns ?? [], where: this.#where(), monitor: 'endpoints' };
        return {
          Endpoint: guests,
          Router: Router ?? guests,
          Policy: Policy ?? guests,
          Verdict: Verdict ?? guests,
        };
      },
    });
    this.#session.changes$.subscribe(() => {
      this.#hasSynced = true;
      this.#isStale = true;
      this.#changes.next();
    });
  }

  get state(): SessionState {
    return this.#session.state;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** What is known now; the same object as long as nothing has changed. */
  read(): FleetFacts {
    if (this.#isStale) {
      this.#isStale = false;
      this.#rows = this.#read();
      this.#facts = readFacts(this.#rows);
    }
    return this.#facts;
  }

  /** The rows that `read` goes by. */
  rows(): FleetRows {
    this.read();
    return this.#rows;
  }

  /** From here on guests of these Private VLANs are of interest, too. */
  follow(pvlans: Iterable<VlanId>): void {
    const before = this.#pvlans.size;
    for (const pvlan of pvlans) this.#pvlans.add(pvlan);
    if (this.#pvlans.size === before) return;
    // A server that is too old for conditions sends everything anyway.
    this.#session.setConditions({ Endpoint: this.#where() }).catch(() => undefined);
  }

  close(): void {
    this.#session.close();
    this.#changes.complete();
  }

  #where(): readonly (RowCondition | boolean)[] {
    const pvlans = [...this.#pvlans].sort((a, b) => a - b);
    return pvlans.length === 0 ? [false] : pvlans.map((pvlan) => ['pvlan', '==', pvlan] as const);
  }

  #read(): FleetRows {
    const read = <R>(table: string, reader: (uuid: Uuid, row: Row) => R): R[] =>
      Array.from(this.#session.rows(table), ([uuid, row]) => reader(uuid, row));
    return {
      endpoints: read('Endpoint', readEndpointRow),
      routers: read('Router', readRouterRow),
      policies: read('Policy', readPolicyRow),
      verdicts: read('Verdict', readVerdictRow),
    };
  }
}
