import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { LabError } from './errors.ts';
import { until } from './until.ts';

export interface CommandResult {
  readonly code: number;
  /** Standard output and standard error as they came, trimmed at the end. */
  readonly out: string;
}

/** Control characters that a command's output does not contain; the shell's `printf` writes them, an echo cannot. */
const MARK = '\x1e';
const END = '\x1f';
const INTERRUPT = '\x03';

let lastCommand = 0;

/** The shell behind a guest's serial console. */
export class Console {
  readonly #guest: string;
  readonly #socket: Socket;
  #text = '';
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(guest: string, socket: Socket) {
    this.#guest = guest;
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
    });
    socket.on('error', () => undefined);
  }

  /** Connects and waits, at most `timeout` ms, until the guest's shell answers. */
  static async open(guest: string, paths: { socket: string; log: string }, timeout = 30_000): Promise<Console> {
    const console = new Console(guest, connect(paths.socket));
    try {
      // What is typed before the shell reads is lost, so it is asked again until it answers.
      await until(
        `the shell of the guest ${guest} to answer (see ${paths.log})`,
        async () => console.#attempt('true', 250),
        { timeout },
      );
    } catch (error) {
      console.close();
      throw error;
    }
    return console;
  }

  /** Runs a shell command line in the guest, one after the other; throws LabError `LAB_CONSOLE` after `timeout` ms. */
  async run(command: string, timeout = 10_000): Promise<CommandResult> {
    const result = this.#turn.then(async () => {
      const done = await this.#attempt(command, timeout);
      if (done) return done;
      this.#socket.write(INTERRUPT);
      throw new LabError(
        'LAB_CONSOLE',
        `${this.#guest}: '${command}' did not end in ${timeout} ms: ${this.#text.slice(-500)}`,
      );
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #attempt(command: string, timeout: number): Promise<CommandResult | undefined> {
    lastCommand += 1;
    const id = `lab${lastCommand}`;
    this.#text = '';
    this.#socket.write(
      `printf '\\036${id}\\036'; { ${command}\n} 2>&1 </dev/null; printf '\\036%s%d\\037' ${id}: $?\n`,
    );
    const answer = new RegExp(`${MARK}${id}${MARK}([^]*)${MARK}${id}:(\\d+)${END}`);
    const look = (): CommandResult | undefined => {
      const match = answer.exec(this.#text);
      if (match) return { out: (match[1] ?? '').trimEnd(), code: Number(match[2]) };
      if (this.#socket.destroyed) throw new LabError('LAB_CONSOLE', `the console of ${this.#guest} closed: it ended`);
      return undefined;
    };
    try {
      return await until(`the end of '${command}'`, look, { timeout });
    } catch (error) {
      if (error instanceof LabError && error.code === 'LAB_DEADLINE') return undefined;
      throw error;
    }
  }
}
