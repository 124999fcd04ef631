import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentStatus } from '../../src/control/status.ts';
import { fetchStatus } from '../../src/cli/control-client.ts';
import { Daemon } from '../lab/daemon.ts';
import type { Host } from '../lab/host.ts';
import { LabError } from '../lab/errors.ts';
import { until } from '../lab/until.ts';
import { ROUTER_MAC } from '../support/duo.ts';

/** The agent's sources as they are, as arguments to Node; `preloads` are modules that are loaded before. */
export function sources(...preloads: readonly string[]): readonly string[] {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  return [...['tsx', ...preloads].map((module) => `--import=${module}`), main];
}

export interface AgentChildOptions {
  /** What runs, as arguments to Node; default: the sources as they are. */
  readonly program?: readonly string[];
  /** A command that runs the agent in its own place, such as `unshare`. */
  readonly wrapper?: readonly string[];
  /** Tells agents of one host apart. */
  readonly name?: string;
  /** The Private VLANs as in the configuration file; default: 2102 with the router in its list. */
  readonly pvlans?: readonly object[];
  /** Further keys of the configuration file, which count before those it has by default. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** `pvlan-agent run` as a child process on one host, that may be killed, stopped and started again. */
export class AgentChild {
  readonly controlSocket: string;
  readonly log: string;
  readonly #argv: readonly string[];
  readonly #name: string;
  #daemon: Daemon;

  private constructor(name: string, argv: readonly string[], controlSocket: string, log: string) {
    this.#name = name;
    this.#argv = argv;
    this.controlSocket = controlSocket;
    this.log = log;
    this.#daemon = this.#start();
  }

  static async start(host: Host, options: AgentChildOptions = {}): Promise<AgentChild> {
    const { program = sources(), name = 'agent', wrapper = [] } = options;
    const config = {
      ovsdb: `unix:${host.dbSocket}`,
      libvirt: 'none',
      control: join(host.folder, 'run', `${name}.sock`),
      pvlans: options.pvlans ?? [{ primary: 2102, promiscuousMacs: [ROUTER_MAC] }],
      ...options.settings,
    };
    const file = join(host.folder, 'etc', `${name}.yaml`);
    // JSON is YAML.
    await writeFile(file, JSON.stringify(config));
    const argv = [...wrapper, process.execPath, ...program, 'run', '--config', file];
    const child = new AgentChild(
      `${name} of ${host.name}`,
      argv,
      config.control,
      join(host.folder, 'log', `${name}.log`),
    );
    host.onClose(() => child.kill());
    return child;
  }

  get pid(): number {
    return this.#daemon.pid;
  }

  get running(): boolean {
    return this.#daemon.running;
  }

  /** What it has logged and printed so far. */
  words(): Promise<string> {
    return readFile(this.log, 'utf8');
  }

  /** Its resident memory in MiB, from proc(5). */
  async residentMiB(): Promise<number> {
    const [, resident = '0'] = (await readFile(`/proc/${this.pid}/statm`, 'utf8')).split(' ');
    return (Number(resident) * 4096) / 1024 / 1024;
  }

  /** Processor time it has used, in seconds: user and system, in ticks of a hundredth (proc(5)). */
  async processorSeconds(): Promise<number> {
    const fields = (await readFile(`/proc/${this.pid}/stat`, 'utf8')).replace(/.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Its status, or undefined while it does not answer. */
  status(): Promise<AgentStatus | undefined> {
    return fetchStatus(this.controlSocket).catch(() => undefined);
  }

  /**
   * Waits until it says that these ports are installed, in these roles where they are given, that no port of a Private VLAN
   * is in any other state, and that nothing is left to do.
   */
  async settled(
    ports: readonly string[] | ReadonlyMap<string, string>,
    { timeout = 15_000, interval = 5 } = {},
  ): Promise<void> {
    let last: AgentStatus | undefined;
    const wanted: (readonly [string, string | undefined])[] =
      'get' in ports ? [...ports] : ports.map((name) => [name, undefined]);
    try {
      await until(
        `${this.#name} to settle`,
        async () => {
          if (!this.running) throw new LabError('LAB_DAEMON', `${this.#name} ended by itself`);
          last = await this.status();
          if (last?.settled !== true) return false;
          const known = last.bridges.flatMap((bridge) => bridge.ports).filter((port) => port.role !== undefined);
          const installed = new Map(
            known.filter((port) => port.state === 'installed').map((port) => [port.name, port]),
          );
          const inRole = ([name, role]: readonly [string, string | undefined]): boolean => {
            const port = installed.get(name);
            return port !== undefined && (role === undefined || port.portgroup === role);
          };
          return installed.size === known.length && wanted.every(inRole);
        },
        { timeout, interval },
      );
    } catch (error) {
      const words = (await this.words()).trim().split('\n').slice(-10).join('\n');
      throw new Error(`${String(error)}\nwanted: ${wanted.join('; ')}\n${JSON.stringify(last)}\n${words}`, {
        cause: error,
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) process.kill(this.pid, signal);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#daemon.kill(signal);
  }

  /** Starts it again after its end. */
  restart(): void {
    if (!this.running) this.#daemon = this.#start();
  }

  #start(): Daemon {
    return Daemon.start(`pvlan-agent ${this.#name}`, this.#argv, { output: this.log });
  }
}
