import type { Operation } from '../ovsdb/operation.ts';
import type { JudgedPort } from './goal.ts';
import { memo } from './memo.ts';
import { messageOf } from './message-of.ts';
import { rowChanges } from './row-difference.ts';
import { SingleFlight } from './single-flight.ts';

/** What the row keeper needs of the database. */
export interface RowWriter {
  /** Runs one transaction. @throws where it was not committed */
  transact(operations: readonly Operation[]): Promise<void>;
}

/** What the rows of a bridge's ports are to become now. */
export interface RowTask {
  readonly ports: readonly JudgedPort[];
  /** Whether the port's flows are, or are about to be, those that open it: its marks stand then. */
  readonly opens: (judged: JudgedPort) => boolean;
  /** Whether the flows of this very verdict are acknowledged, and nothing speaks against opening, releasing or marking the port. */
  readonly mayLoosen: (judged: JudgedPort) => boolean;
}

/** Waits before a failed write is tried again, in milliseconds; any new fact comes first. */
const RETRY_MS = 1000;

/**
 * Brings the rows of one bridge's ports to what is wanted. Each port's change is a transaction of its own: one that fails takes
 * no other along. Flows never wait for it: a database may be slow, and what has to be closed cannot be.
 */
export class RowKeeper {
  readonly #rows: RowWriter;
  readonly #task: () => RowTask | undefined;
  readonly #flight: SingleFlight;
  #failure: string | undefined;

  /** `task` is asked whenever there may be something to write; `onOutcome` is told when a write has ended. */
  constructor(
    rows: RowWriter,
    task: () => RowTask | undefined,
    onError: (error: unknown) => void,
    onOutcome: () => void,
  ) {
    this.#rows = rows;
    this.#task = task;
    this.#flight = new SingleFlight(
      async () => {
        await this.#write();
        onOutcome();
      },
      (error) => {
        this.#failure = messageOf(error);
        onError(error);
        onOutcome();
      },
      RETRY_MS,
    );
  }

  /** Why the last write failed, if it did. */
  get failure(): string | undefined {
    return this.#failure;
  }

  get busy(): boolean {
    return this.#flight.busy;
  }

  /** Writes what is missing, now or after the write under way. */
  request(): void {
    this.#flight.request();
  }

  stop(): Promise<void> {
    return this.#flight.stop();
  }

  async #write(): Promise<void> {
    const task = this.#task();
    const transactions = (task?.ports ?? []).flatMap((judged) => {
      const { tighten, loosen } = task?.opens(judged) === true ? whenOpen(judged) : whenClosed(judged);
      const operations = task?.mayLoosen(judged) === true ? [...tighten, ...loosen] : tighten;
      return operations.length === 0 ? [] : [operations];
    });
    const results = await Promise.allSettled(transactions.map((operations) => this.#rows.transact(operations)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#failure = undefined;
  }
}

const whenOpen = memo(({ port, verdict }: JudgedPort) => rowChanges(port, verdict, true));
const whenClosed = memo(({ port, verdict }: JudgedPort) => rowChanges(port, verdict, false));
