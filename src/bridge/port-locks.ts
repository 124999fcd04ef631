import { Subject, type Observable } from 'rxjs';
import { Dict } from '../base/dict.ts';
import { VersionRefused } from '../openflow/errors.ts';
import type { PortConfig, PortConfigConnection, PortMod } from '../openflow/port-config.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import { configured, type PortConfigs } from './decide/decide-locks.ts';
import { ReconnectDelay } from './reconnect-delay.ts';

/** What is needed of a connection. */
export type ConfigConnection = Pick<PortConfigConnection, 'ports' | 'status$' | 'configure' | 'closed' | 'close'>;

/** Until a bridge without OpenFlow 1.0 is asked again, in milliseconds. */
const REFUSED_MS = 60_000;
/** Until a port that could not be configured is looked at again, in milliseconds. */
const RETRY_MS = 1000;

/**
 * Knows how the ports of one bridge are configured, by a kept-open connection of its own, and configures them. What it knows is read at
 * each connect and follows what the switch tells; nothing is known without a connection.
 */
export class PortLocks {
  readonly #connectTo: () => Promise<ConfigConnection>;
  readonly #clock: Clock;
  readonly #changes = new Subject<void>();
  readonly #delay = new ReconnectDelay();
  #connection: ConfigConnection | undefined;
  #configs: Dict<string, PortConfig> | undefined;
  #isBusy = false;
  #isConnecting = false;
  #closed = false;
  #cancelRetry: () => void = () => undefined;

  constructor(connect: () => Promise<ConfigConnection>, clock: Clock = SYSTEM_CLOCK) {
    this.#connectTo = connect;
    this.#clock = clock;
  }

  /** Fires when anything becomes known. */
  get changes$(): Observable<void> {
    return this.#changes;
  }

  /** Undefined while nothing is known. */
  get configs(): PortConfigs {
    return this.#configs;
  }

  open(): void {
    void this.#connect();
  }

  /** Tries at once what was to be tried later: the switch was started again, or speaks other versions now. */
  retry(): void {
    if (this.#connection === undefined && !this.#isConnecting) this.#retry(0);
  }

  /** Begins to carry out `mods`, unless others are under way; `changes$` fires when it is done. What is refused is read again, and decided anew. */
  configure(mods: readonly PortMod[]): void {
    const connection = this.#connection;
    if (connection === undefined || this.#isBusy) return;
    this.#isBusy = true;
    connection.configure(mods).then(
      () => {
        for (const mod of mods) {
          const known = this.#configs?.get(String(mod.port));
          if (known !== undefined) this.#configs = this.#configs?.with(String(mod.port), configured(known, mod));
        }
        this.#isBusy = false;
        this.#changes.next();
      },
      () => {
        this.#isBusy = false;
        // The end of the connection has it made again.
        if (connection !== this.#connection) return;
        this.#configs = undefined;
        this.#cancelRetry();
        this.#cancelRetry = this.#clock.after(RETRY_MS, () => void this.#read(connection));
      },
    );
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#connection?.close();
    this.#changes.complete();
  }

  async #connect(): Promise<void> {
    if (this.#connection !== undefined || this.#isConnecting) return;
    this.#isConnecting = true;
    try {
      const connection = await this.#connectTo();
      if (this.#closed) {
        connection.close();
        return;
      }
      this.#adopt(connection);
    } catch (error) {
      const wait = this.#delay.failed(this.#clock.now());
      this.#retry(error instanceof VersionRefused ? REFUSED_MS : wait);
    } finally {
      this.#isConnecting = false;
    }
  }

  #adopt(connection: ConfigConnection): void {
    this.#connection = connection;
    this.#delay.connected(this.#clock.now());
    const watch = connection.status$.subscribe({
      next: ({ event, port }) => {
        this.#configs = this.#configs?.put(String(port.port), event === 'deleted' ? undefined : port);
        if (event !== 'deleted') this.#changes.next();
      },
      // The connection's own end is handled below.
      error: () => undefined,
    });
    void connection.closed.then(() => {
      watch.unsubscribe();
      this.#connection = undefined;
      this.#configs = undefined;
      this.#cancelRetry();
      this.#retry(this.#delay.failed(this.#clock.now()));
    });
    void this.#read(connection);
  }

  async #read(connection: ConfigConnection): Promise<void> {
    try {
      const ports = await connection.ports();
      if (connection !== this.#connection) return;
      this.#configs = Dict.of(ports.map((one) => [String(one.port), one] as const));
      this.#changes.next();
    } catch {
      // One that does not answer is of no use; its end has it made again.
      connection.close();
    }
  }

  #retry(wait: number): void {
    if (this.#closed) return;
    this.#cancelRetry();
    this.#cancelRetry = this.#clock.after(wait, () => void this.#connect());
  }
}
