import { execa } from 'execa';
import { LabError } from './errors.ts';

export interface DaemonOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What the daemon prints goes to the end of this file. */
  readonly output: string;
}

/** A server kept as a foreground child, so that its pid is known and its end is seen. */
export class Daemon {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<void>;
  #running = true;

  private constructor(name: string, pid: number, exited: Promise<unknown>) {
    this.name = name;
    this.pid = pid;
    this.exited = exited.then(() => {
      this.#running = false;
    });
  }

  /**
   * Starts `argv`. The kernel ends the child together with this process (`setpriv --pdeathsig`), however this process
   * ends; `setpriv` and `ip netns exec` replace themselves, so the pid is that of the server.
   */
  static start(name: string, argv: readonly string[], options: DaemonOptions): Daemon {
    const child = execa('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
      reject: false,
      stdin: 'ignore',
      stdout: { file: options.output, append: true },
      stderr: { file: options.output, append: true },
      buffer: false,
      env: { LC_ALL: 'C', ...options.env },
    });
    if (child.pid === undefined) throw new LabError('LAB_DAEMON', `${name} did not start; see ${options.output}`);
    return new Daemon(name, child.pid, child);
  }

  get running(): boolean {
    return this.#running;
  }

  /** Sends `signal` and waits for the end. */
  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#running) process.kill(this.pid, signal);
    await this.exited;
  }
}
