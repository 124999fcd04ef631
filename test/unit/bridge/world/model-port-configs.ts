import { Subject } from 'rxjs';
import type { ConfigConnection } from '../../../../src/bridge/port-locks.ts';
import { configured } from '../../../../src/bridge/decide/decide-locks.ts';
import { ConnectionLost } from '../../../../src/openflow/errors.ts';
import type { PortConfig, PortConfigStatus, PortMod } from '../../../../src/openflow/port-config.ts';
import { Queue } from './queue.ts';

/** How ports are configured, and the connection that tells of it: it does what is asked when it gets round to it. */
export class ModelPortConfigs {
  readonly ports = new Map<number, PortConfig>();
  /** Requests on their way to the switch. */
  readonly requests = new Queue();
  /** What the switch has sent, in order. */
  readonly replies = new Queue();
  /** How many of the next requests are refused. */
  refusals = 0;
  /** Asked what is to be configured, when it is sent. */
  onConfigure: (mods: readonly PortMod[]) => void = () => undefined;
  #status = new Subject<PortConfigStatus>();
  #end: ((reason: Error) => void) | undefined;
  #lose: ((reason: Error) => void)[] = [];

  connect(): Promise<ConfigConnection> {
    this.#status = new Subject();
    const closed = new Promise<Error>((resolve) => {
      this.#end = resolve;
    });
    return Promise.resolve({
      status$: this.#status,
      closed,
      close: () => undefined,
      ports: () => this.#request(() => [...this.ports.values()]),
      configure: (mods) => {
        this.onConfigure(mods);
        return this.#request(() => {
          this.#configure(mods);
        });
      },
    });
  }

  /** Ends the connection: what was on its way is lost. */
  drop(): void {
    const reason = new ConnectionLost('the connection ended');
    this.requests.clear();
    this.replies.clear();
    const end = this.#end;
    this.#end = undefined;
    for (const lose of this.#lose.splice(0)) lose(reason);
    end?.(reason);
  }

  /** The switch is started again: it has forgotten how ports were configured. */
  forget(): void {
    for (const [port, one] of this.ports) this.ports.set(port, { ...one, config: 0 });
    this.drop();
  }

  /** A port has got its number. */
  add(port: number): void {
    this.#set({ port, mac: '02:00:00:00:00:01', config: 0 }, 'added');
  }

  remove(port: number): void {
    const known = this.ports.get(port);
    if (known === undefined) return;
    this.ports.delete(port);
    this.#tell({ event: 'deleted', port: known });
  }

  /** Somebody else configures a port. */
  write(port: number, config: number): void {
    const known = this.ports.get(port);
    if (known !== undefined && known.config !== config) this.#set({ ...known, config }, 'modified');
  }

  #configure(mods: readonly PortMod[]): void {
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new Error('it is refused');
    }
    for (const mod of mods) {
      const known = this.ports.get(mod.port);
      if (known !== undefined) this.#set(configured(known, mod), 'modified');
    }
  }

  #set(port: PortConfig, event: PortConfigStatus['event']): void {
    this.ports.set(port.port, port);
    this.#tell({ event, port });
  }

  #tell(status: PortConfigStatus): void {
    const told = this.#status;
    if (this.#end === undefined) return;
    this.replies.add(() => {
      told.next(status);
    });
  }

  #request<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#lose.push(reject);
      this.requests.add(() => {
        try {
          const result = work();
          this.replies.add(() => {
            resolve(result);
          });
        } catch (error) {
          this.replies.add(() => {
            reject(error instanceof Error ? error : new Error(String(error)));
          });
        }
      });
    });
  }
}
