import type { OpenFlowConnection } from '../openflow/connection.ts';
import type { Flow } from '../openflow/flow.ts';
import { isOurs } from '../pipeline/cookie.ts';

/** Flows of others change often where another controller works; they are read again this long after a change, in ms. */
const DELAY_MS = 1000;

/** What others have put into the tables that the agent uses, as of a second ago at the latest. */
export class ForeignTables {
  readonly #tables: readonly number[];
  #flows: readonly Flow[] = [];
  /** The connection that was read from last, or is being read from. */
  #connection: OpenFlowConnection | undefined;
  #due: NodeJS.Timeout | undefined;

  constructor(tables: readonly number[]) {
    this.#tables = tables;
  }

  get flows(): readonly Flow[] {
    return this.#flows;
  }

  /** Reads them now. Never rejects: that a connection ended is told elsewhere. */
  async read(connection: OpenFlowConnection): Promise<void> {
    this.close();
    this.#connection = connection;
    const read = async (table: number): Promise<Flow[]> =>
      connection.readFlows({ cookie: 0n, cookieMask: 0n, table }).catch(() => []);
    const tables = await Promise.all(this.#tables.map(read));
    if (connection !== this.#connection) return;
    this.#flows = tables.flat().filter((flow) => !isOurs(flow.cookie));
  }

  /** Reads them in a while, once for all the changes until then. */
  readSoon(connection: OpenFlowConnection): void {
    this.#due ??= setTimeout(() => void this.read(connection), DELAY_MS);
  }

  close(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
  }
}
