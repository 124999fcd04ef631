import { Gate } from '../base/gate.ts';

/** A guest's port as far as offloads are concerned. */
export interface OffloadPort {
  /** Of its Interface row: a port that is born again has another. */
  readonly uuid: string;
  /** Of the interface, in the kernel as in OVSDB. */
  readonly name: string;
  readonly portgroup: string | undefined;
}

export interface TxOffloadOptions {
  readonly log: {
    info(details: object, message: string): void;
    warn(details: object, message: string): void;
  };
  /** Command and leading arguments that stand for `ethtool`, such as `['ip', 'netns', 'exec', 'x', 'ethtool']`. */
  readonly command?: readonly [string, ...string[]];
  /** Milliseconds that one command may take; default 5000. */
  readonly timeoutMs?: number;
}

/** Names that Linux gives devices (dev_valid_name in net/core/dev.c) and that no command takes for an option. */
const DEVICE = /^[^-/:\s][^/:\s]{0,14}$/;
const TIMEOUT_MS = 5000;
/** A host that starts a hundred guests must not start a hundred processes at once. */
const CONCURRENCY = 4;

/**
 * Switches transmit checksum offload off (`ethtool -K <port> tx off`) on guests' ports of chosen portgroups, once in the life of
 * each port. It decides nothing about isolation: it never throws, and what fails is one line in the log.
 */
export class TxOffload {
  readonly #options: TxOffloadOptions;
  readonly #asked = new Set<string>();
  readonly #gate = new Gate(CONCURRENCY);
  /** Commands that run or wait for their turn. */
  readonly #jobs = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(options: TxOffloadOptions) {
    this.#options = options;
  }

  /** Whether a command runs or waits for its turn. */
  get busy(): boolean {
    return this.#jobs.size > 0;
  }

  /**
   * Starts what is due for `ports`, all the guests' ports there are; ports that are missing among them are forgotten. `portgroups` are
   * those in which transmit checksum offload is to be off.
   */
  apply(ports: readonly OffloadPort[], portgroups: ReadonlySet<string>): void {
    if (this.#stopped.signal.aborted) return;
    const due = ports.filter(({ portgroup }) => portgroup !== undefined && portgroups.has(portgroup));
    const present = new Set(due.map(({ uuid }) => uuid));
    for (const uuid of this.#asked) if (!present.has(uuid)) this.#asked.delete(uuid);
    for (const port of due) {
      if (this.#asked.has(port.uuid)) continue;
      this.#asked.add(port.uuid);
      const job: Promise<void> = this.#gate
        .run(() => this.#whenDue(port))
        .then(() => {
          this.#jobs.delete(job);
        });
      this.#jobs.add(job);
    }
  }

  /** Ends the commands that run; settles when they have ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#jobs);
  }

  async #whenDue(port: OffloadPort): Promise<void> {
    // It may have gone while it waited.
    if (!this.#stopped.signal.aborted && this.#asked.has(port.uuid)) await this.#switchOff(port);
  }

  async #switchOff(port: OffloadPort): Promise<void> {
    const { log } = this.#options;
    const failure = await this.#run(port.name);
    // Whoever left meanwhile needs no offload, and a stop is no failure.
    if (this.#stopped.signal.aborted || (failure !== undefined && !this.#asked.has(port.uuid))) return;
    const details = { event: 'offload', port: port.name, portgroup: port.portgroup };
    if (failure === undefined) log.info(details, `port ${port.name}: transmit checksum offload is off`);
    else log.warn(details, `port ${port.name}: transmit checksum offload stays on: ${failure}`);
  }

  /** Undefined when it worked, else the cause and the remedy. */
  async #run(name: string): Promise<string | undefined> {
    if (!DEVICE.test(name)) return 'its name is none of a network device: remove txOffload from its portgroup';
    const [file, ...before] = this.#options.command ?? ['ethtool'];
    // Few hosts need it, and it takes long to load.
    const { execa } = await import('execa');
    const result = await execa(file, [...before, '-K', name, 'tx', 'off'], {
      reject: false,
      stdin: 'ignore',
      timeout: this.#options.timeoutMs ?? TIMEOUT_MS,
      forceKillAfterDelay: 1000,
      maxBuffer: 64 * 1024,
      env: { LC_ALL: 'C' },
      cancelSignal: this.#stopped.signal,
    });
    if (!result.failed) return undefined;
    if (result.timedOut) return `${file} did not end in time: run '${manual(name)}' on the host to see why`;
    if (result.code === 'ENOENT' || result.code === 'EACCES') {
      return `${file} cannot be run here (${result.code}): install ethtool where the agent runs, or remove txOffload from the portgroup`;
    }
    const said = result.stderr
      .trim()
      .replaceAll(/\s*\n\s*/g, '; ')
      .slice(0, 300);
    return explain(said === '' ? (result.shortMessage ?? 'no answer') : said, name);
  }
}

/** The words are those of strerror(3), which ethtool prints whichever kernel interface it uses. */
function explain(said: string, name: string): string {
  if (/not permitted|permission denied/i.test(said)) {
    return `not permitted (${said}): give the agent CAP_NET_ADMIN in the host's network namespace, in a container --cap-add NET_ADMIN --network host`;
  }
  if (/no such device/i.test(said)) {
    return (
      `no such device (${said}): the port has gone, or the agent does not run in the host's network namespace, ` +
      'as a container does with --network host'
    );
  }
  return `${said}: run '${manual(name)}' on the host to see why`;
}

function manual(name: string): string {
  return `ethtool -K ${name} tx off`;
}
