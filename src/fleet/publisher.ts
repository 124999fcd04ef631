import { randomUUID } from 'node:crypto';
import { merge, type Subscription } from 'rxjs';
import { SingleFlight } from '../base/single-flight.ts';
import { messageOf } from '../base/thrown.ts';
import { OperationError } from '../ovsdb/errors.ts';
import { expectColumns } from '../ovsdb/expected-columns.ts';
import { OvsdbSession } from '../ovsdb/session.ts';
import type { ConnectionOptions } from '../ovsdb/session-options.ts';
import type { SessionState } from '../ovsdb/session-state.ts';
import { fenced, ownChanges, takeOver } from './publish.ts';
import type { OwnRows } from './own-rows.ts';
import { FLEET_DATABASE, FLEET_REMEDY } from './reader.ts';
import { fleetColumns } from './rows.generated.ts';

/** A write that failed is tried again after so long, in milliseconds. */
const RETRY_MS = 2000;

/** What keeps a host's rows from being written: a `refused` write, or `fenced` by another agent of the same name. */
export interface PublishingProblem {
  readonly kind: 'refused' | 'fenced';
  readonly message: string;
}

/**
 * Keeps the rows of one host as they should be, over a connection to a member of the cluster: a relay would check the writer's
 * rights against what it happens to have. What was or was not committed when a connection ended shows in the rows afterwards, and
 * the difference is written; so nothing is written twice.
 */
export class FleetPublisher {
  readonly #host: string;
  readonly #version: string;
  readonly #session: OvsdbSession;
  /** Names this incarnation of the host. */
  readonly #epoch = randomUUID();
  readonly #flight: SingleFlight;
  readonly #events: Subscription;
  #wanted: OwnRows | undefined;
  #isOurs = false;
  #problem: PublishingProblem | undefined;
  #transactions = 0;

  constructor(connection: ConnectionOptions, host: string, version: string) {
    this.#host = host;
    this.#version = version;
    this.#flight = new SingleFlight(
      () => this.#write(),
      (error) => {
        const isRefused = error instanceof OperationError && error.error === 'permission error';
        if (isRefused) this.#problem = { kind: 'refused', message: messageOf(error) };
      },
      RETRY_MS,
    );
    this.#session = new OvsdbSession({
      cluster: 'member',
      ...connection,
      database: FLEET_DATABASE,
      monitor: (schema) => {
        const { Host, Endpoint, Router } = expectColumns(schema, fleetColumns, FLEET_REMEDY);
        const mine = (column: string) => ({ where: [[column, '==', host]] as const });
        return {
          Host: { columns: Host?.columns ?? [], ...mine('name') },
          Endpoint: { columns: Endpoint?.columns ?? [], ...mine('host') },
          Router: { columns: Router?.columns ?? [], ...mine('host') },
        };
      },
    });
    this.#events = merge(this.#session.state$, this.#session.changes$).subscribe(() => {
      this.#flight.request();
    });
  }

  get state(): SessionState {
    return this.#session.state;
  }

  get problem(): PublishingProblem | undefined {
    return this.#problem;
  }

  /** How many transactions were committed. */
  get transactions(): number {
    return this.#transactions;
  }

  /** From here on the host's rows have to be these. */
  publish(rows: OwnRows): void {
    this.#wanted = rows;
    this.#flight.request();
  }

  async close(): Promise<void> {
    this.#events.unsubscribe();
    this.#session.close();
    await this.#flight.stop();
  }

  async #write(): Promise<void> {
    const wanted = this.#wanted;
    if (wanted === undefined || this.#session.state.kind !== 'synced') return;
    const [present] = this.#session.rows('Host').values();
    const epoch = present?.['epoch'];
    if (this.#isOurs && epoch !== undefined && epoch !== this.#epoch) {
      const message = `another agent publishes as host ${this.#host}, so this one has stopped to`;
      this.#problem = { kind: 'fenced', message };
      return;
    }
    if (epoch !== this.#epoch) {
      await this.#commit(takeOver(this.#host, this.#epoch, this.#version, present !== undefined));
      this.#isOurs = true;
    }
    const operations = ownChanges(wanted, (table) => this.#session.rows(table));
    if (operations.length > 0) await this.#commit(fenced(this.#host, this.#epoch, operations));
    this.#problem = undefined;
  }

  async #commit(operations: Parameters<OvsdbSession['transact']>[0]): Promise<void> {
    await this.#session.transact(operations);
    this.#transactions++;
  }
}
