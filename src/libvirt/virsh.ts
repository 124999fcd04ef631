import { Gate } from '../base/gate.ts';

export interface VirshOptions {
  /** What `virsh -c` gets; its own default where absent. */
  readonly uri?: string | undefined;
  /** The program, for a place other than the PATH. */
  readonly command?: string;
}

/** A command of virsh that failed, did not end in time, or printed more than it may. */
export class VirshFailed extends Error {
  override readonly name = 'VirshFailed';
  readonly code = 'virsh-failed';
  readonly command: string;
  /** libvirt itself says that the network asked for does not exist; else nothing is known of it. */
  readonly noNetwork: boolean;

  constructor(command: string, why: string) {
    super(`${command} failed: ${why}; let the agent reach libvirt's read-only socket or mount libvirt's folders`);
    this.command = command;
    this.noNetwork = why.includes('Network not found');
  }
}

const TIMEOUT_MS = 5000;
const CONCURRENCY = 4;

/** `virsh -r` as a client of libvirt: reads only, at most four at a time, each at most five seconds. */
export class Virsh {
  readonly #options: VirshOptions;
  readonly #maxBytes: number;
  readonly #gate = new Gate(CONCURRENCY);
  readonly #closed = new AbortController();

  constructor(options: VirshOptions, maxBytes: number) {
    this.#options = options;
    this.#maxBytes = maxBytes;
  }

  /** The live description of a domain, or with `inactive` that of its next start. Throws VirshFailed. */
  async dumpDomain(uuid: string, inactive = false): Promise<Uint8Array> {
    return this.#run('dumpxml', ...(inactive ? ['--inactive'] : []), `--domain=${uuid}`);
  }

  /**
   * The uuids of all domains. Tells a domain that does not exist from a libvirt that does not answer, for both of which the
   * other commands say the same, `failed to get domain`. Throws VirshFailed.
   */
  async domainUuids(): Promise<ReadonlySet<string>> {
    return new Set(
      Buffer.from(await this.#run('list', '--all', '--uuid'))
        .toString()
        .split(/\s+/),
    );
  }

  /** Throws VirshFailed. */
  async dumpNetwork(name: string): Promise<Uint8Array> {
    return this.#run('net-dumpxml', `--network=${name}`);
  }

  /** A domain's run state and its reason as virsh words them, such as `paused` and `migrating`. Throws VirshFailed. */
  async domainState(uuid: string): Promise<{ readonly state: string; readonly reason: string }> {
    const printed = Buffer.from(await this.#run('domstate', '--reason', `--domain=${uuid}`)).toString();
    const [, state, reason] = /^([a-z ]+?) \(([^)\n]+)\)/m.exec(printed) ?? [];
    return { state: state ?? 'unknown', reason: reason ?? 'unknown' };
  }

  /** The version of the libvirt that answers, as a number like 1_002_002 for 1.2.2; 0 if it does not say. Throws VirshFailed. */
  async daemonVersion(): Promise<number> {
    const printed = Buffer.from(await this.#run('version', '--daemon')).toString();
    const [, major, minor, release] = /daemon: (\d{1,4})\.(\d{1,3})\.(\d{1,3})/.exec(printed) ?? [];
    return Number(major ?? 0) * 1_000_000 + Number(minor ?? 0) * 1000 + Number(release ?? 0);
  }

  /** Ends what runs; later calls fail. */
  close(): void {
    this.#closed.abort();
  }

  async #run(...args: readonly string[]): Promise<Uint8Array> {
    const { uri, command = 'virsh' } = this.#options;
    const argv = ['-q', '-r', ...(uri === undefined ? [] : ['-c', uri]), ...args];
    return this.#gate.run(async () => {
      // Most hosts never need it, and it takes long to load.
      const { execa } = await import('execa');
      const result = await execa(command, argv, {
        reject: false,
        stdin: 'ignore',
        encoding: 'buffer',
        timeout: TIMEOUT_MS,
        forceKillAfterDelay: 1000,
        maxBuffer: this.#maxBytes + 1,
        env: { LC_ALL: 'C' },
        cancelSignal: this.#closed.signal,
      });
      if (!result.failed) return result.stdout;
      const said = Buffer.from(result.stderr).toString().trim().replaceAll('\n', ' ').slice(0, 300);
      throw new VirshFailed(`${command} ${argv.join(' ')}`, said === '' ? (result.shortMessage ?? 'no answer') : said);
    });
  }
}
