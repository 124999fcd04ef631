import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentStatus } from '../../src/control/status.ts';
import { fetchStatus } from '../../src/cli/control-client.ts';
import { Daemon } from '../lab/daemon.ts';
import type { Host } from '../lab/host.ts';
import { until } from '../lab/until.ts';

/** A Private VLAN as the configuration file has it. */
export interface PvlanSection {
  readonly primary: number;
  readonly promiscuousMacs?: readonly string[];
  readonly isolated?: number;
  readonly communities?: Readonly<Record<string, number>>;
}

const PROGRAM = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/**
 * `pvlan-agent run` beside a libvirt, in a process of its own: it may crash, and it takes no time from those who send and count
 * frames in this one.
 */
export class HypervisorAgent {
  readonly #host: Host;
  readonly #argv: readonly string[];
  readonly #control: string;
  #daemon: Daemon | undefined;

  private constructor(host: Host, argv: readonly string[], control: string) {
    this.#host = host;
    this.#argv = argv;
    this.#control = control;
    host.onClose(() => this.end('SIGKILL'));
  }

  static async on(host: Host, pvlan: PvlanSection): Promise<HypervisorAgent> {
    const control = join(host.folder, 'run', 'pvlan-agent.sock');
    const { stateDir, configDir } = host.libvirt;
    const libvirt = { stateDir, configDir };
    const file = join(host.folder, 'etc', 'pvlan-agent.yaml');
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ ovsdb: `unix:${host.dbSocket}`, libvirt, control, pvlans: [pvlan] }));
    const argv = [process.execPath, '--import=tsx', PROGRAM, 'run', '--config', file];
    return new HypervisorAgent(host, argv, control);
  }

  /** Starts it without waiting for it to be at work. */
  launch(): void {
    const output = join(this.#host.folder, 'log', 'pvlan-agent.log');
    this.#daemon ??= Daemon.start(`pvlan-agent of ${this.#host.name}`, this.#argv, { output });
  }

  /** Starts it and waits until nothing is left for it to do. */
  async start(): Promise<void> {
    this.launch();
    const settled = async (): Promise<boolean> => (await this.status())?.settled === true;
    await until(`the agent of ${this.#host.name} to settle`, settled, { timeout: 20_000, interval: 20 });
  }

  /** Its status, or undefined while it does not answer. */
  status(): Promise<AgentStatus | undefined> {
    return fetchStatus(this.#control).catch(() => undefined);
  }

  /** Ends it: in good order with SIGTERM, in the middle of whatever it does with SIGKILL. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#daemon?.kill(signal);
    this.#daemon = undefined;
  }
}
