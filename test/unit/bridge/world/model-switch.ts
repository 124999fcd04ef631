import { Observable, Subject } from 'rxjs';
import type { FlowConnection } from '../../../../src/bridge/bridge-switch.ts';
import { keyOf } from '../../../../src/bridge/flows/flow-index.ts';
import { BundleRefused, ConnectionLost, InvalidFlow } from '../../../../src/openflow/errors.ts';
import type { FlowChange } from '../../../../src/openflow/flow-monitor.ts';
import type { FlowFilter } from '../../../../src/openflow/flow-stats.ts';
import type { Flow, FlowMod } from '../../../../src/openflow/flow.ts';
import { portOf } from '../../../../src/pipeline/cookie.ts';
import { Queue } from './queue.ts';

/** The release of Open vSwitch that the model is. */
export const SOFTWARE = '3.1.0';

/** What becomes of the next bundle. */
export type Fate = 'done' | 'refused' | 'lost before' | 'lost after';

type OwnFlows = ReadonlyMap<string, Flow>;

/** A switch of flows alone: it does what is asked when it gets round to it, and tells when that arrives. */
export class ModelSwitch {
  readonly flows = new Map<string, Flow>();
  /** Requests on their way to the switch. */
  readonly requests = new Queue();
  /** What the switch has sent, in order. */
  readonly replies = new Queue();
  readonly fates: Fate[] = [];
  /** Asked what each bundle asks for, when it is sent. */
  onBundle: (mods: readonly FlowMod[]) => void = () => undefined;
  /** The flows as of the last acknowledgement, or read, that has arrived; empty without a connection. */
  acknowledged: OwnFlows = new Map();
  #changes = new Subject<FlowChange>();
  #end: ((reason: Error) => void) | undefined;
  #lose: ((reason: Error) => void)[] = [];

  /** Whether somebody is connected. */
  get isConnected(): boolean {
    return this.#end !== undefined;
  }

  connect(): Promise<FlowConnection> {
    const changes = new Subject<FlowChange>();
    this.#changes = changes;
    let end: (reason: Error) => void = () => undefined;
    const closed = new Promise<Error>((resolve) => {
      end = resolve;
    });
    this.#end = end;
    return Promise.resolve({
      description: { manufacturer: 'a model', hardware: 'none', software: SOFTWARE },
      closed,
      close: () => undefined,
      monitorFlows: () => new Observable((subscriber) => changes.subscribe(subscriber)),
      readFlows: (filter) => this.#request(() => this.#read(filter)),
      readCounters: () => Promise.resolve([]),
      commit: (mods) => {
        this.onBundle(mods);
        return this.#request(() => this.#commit(mods));
      },
    });
  }

  /** Ends the connection: what was on its way is lost. */
  drop(): void {
    const reason = new ConnectionLost('the connection ended');
    this.requests.clear();
    this.replies.clear();
    this.acknowledged = new Map();
    const end = this.#end;
    this.#end = undefined;
    for (const lose of this.#lose.splice(0)) lose(reason);
    end?.(reason);
  }

  /** Somebody else takes a flow away. */
  remove(flow: Flow): void {
    if (this.flows.delete(keyOf(flow))) this.#tell({ event: 'removed', own: false, flow });
  }

  /** Somebody else adds a flow, or puts it in the place of another. */
  put(flow: Flow): void {
    this.flows.set(keyOf(flow), flow);
    this.#tell({ event: 'added', own: false, flow });
  }

  #tell(change: FlowChange): void {
    const changes = this.#changes;
    if (!this.isConnected) return;
    this.replies.add(() => {
      changes.next(change);
    });
  }

  #request<T>(work: () => () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#lose.push(reject);
      this.requests.add(() => {
        try {
          const deliver = work();
          this.replies.add(() => {
            resolve(deliver());
          });
        } catch (error) {
          this.replies.add(() => {
            reject(error instanceof Error ? error : new Error(String(error)));
          });
        }
      });
    });
  }

  #read({ cookie, cookieMask, table }: FlowFilter): () => Flow[] {
    const found = [...this.flows.values()].filter(
      (flow) => (flow.cookie & cookieMask) === cookie && (table === undefined || flow.table === table),
    );
    const known = new Map(this.flows);
    return () => {
      if (table === undefined) this.acknowledged = known;
      return found;
    };
  }

  #commit(mods: readonly FlowMod[]): () => void {
    const fate = this.fates.shift() ?? 'done';
    if (fate === 'refused') {
      const index = mods.findIndex(({ command, flow }) => command === 'add' && portOf(flow.cookie) !== undefined);
      const mod = mods[index];
      if (mod !== undefined) throw new BundleRefused(index, mod, new InvalidFlow('full'), 'the table is full');
    }
    if (fate !== 'lost before') {
      for (const { command, flow } of mods) {
        if (command === 'add') this.flows.set(keyOf(flow), flow);
        else if (this.flows.get(keyOf(flow))?.cookie === flow.cookie) this.flows.delete(keyOf(flow));
      }
    }
    const known = new Map(this.flows);
    if (fate.startsWith('lost')) {
      return () => {
        this.drop();
      };
    }
    return () => {
      this.acknowledged = known;
    };
  }
}
