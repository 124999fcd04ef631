import type { OpenFlowConnection } from '../../openflow/connection.ts';
import type { FlowChange } from '../../openflow/flow-monitor.ts';
import type { Flow } from '../../openflow/flow.ts';
import { isOurs } from '../../pipeline/cookie.ts';
import { keyOf } from './flow-index.ts';

/** What others have put into the tables that the agent uses: read in full now and then, followed in between. */
export class ForeignTables {
  readonly #tables: readonly number[];
  #flows = new Map<string, Flow>();
  /** What changed while they are being read, in order: the answers may be of before it. */
  #meanwhile: ((flows: Map<string, Flow>) => void)[] | undefined;

  constructor(tables: readonly number[]) {
    this.#tables = tables;
  }

  /** By place (table, priority and match). */
  get flows(): ReadonlyMap<string, Flow> {
    return this.#flows;
  }

  /** Reads them all. @throws OpenFlowError where the connection is down */
  async read(connection: Pick<OpenFlowConnection, 'readFlows'>): Promise<void> {
    const read = (table: number): Promise<Flow[]> => connection.readFlows({ cookie: 0n, cookieMask: 0n, table });
    const meanwhile: ((flows: Map<string, Flow>) => void)[] = [];
    this.#meanwhile = meanwhile;
    try {
      const tables = await Promise.all(this.#tables.map(read));
      const foreign = tables.flat().filter((flow) => !isOurs(flow.cookie));
      this.#flows = new Map(foreign.map((flow) => [keyOf(flow), flow]));
      for (const change of meanwhile) change(this.#flows);
    } finally {
      this.#meanwhile = undefined;
    }
  }

  /** Takes note of what others did. Whether the place is one that matters is for the caller to know. */
  follow({ event, flow }: Extract<FlowChange, { readonly flow: Flow }>): void {
    if (!this.#tables.includes(flow.table)) return;
    this.#change((flows) => {
      if (event === 'removed') flows.delete(keyOf(flow));
      else flows.set(keyOf(flow), flow);
    });
  }

  /** Takes note that the places of `keys` are ours now. */
  displaced(keys: Iterable<string>): void {
    const places = [...keys];
    this.#change((flows) => {
      for (const place of places) flows.delete(place);
    });
  }

  /** Forgets everything: the connection has ended. */
  forget(): void {
    this.#flows.clear();
  }

  #change(change: (flows: Map<string, Flow>) => void): void {
    change(this.#flows);
    this.#meanwhile?.push(change);
  }
}
