import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import type { AgentLog } from '../base/agent-log.ts';
import { messageOf } from '../base/thrown.ts';
import { fileAt, isAnswered, listen, stop } from './unix-socket.ts';

/** How often the socket is looked after, in milliseconds. */
const LOOK_MS = 1000;

/** As at an upgrade: nothing is wrong. */
const TAKEN = 'another agent listens there';

export interface ControlSocketOptions {
  /** Absolute path of the socket; its folder is made where it is missing. */
  readonly path: string;
  /** Makes a server that does not listen yet. */
  readonly server: () => Server;
  readonly log: AgentLog;
}

/** A server that listens, and which file leads to it. */
interface Opened {
  readonly server: Server;
  readonly file: string | undefined;
}

/**
 * Keeps a unix socket in its place that only root and its group may use, from `open` to `close`. While another agent listens
 * there, as at an upgrade, or the folder cannot be written, it tries again every second; when somebody takes the socket or its
 * folder away, it makes them again. A socket left behind by a dead agent is replaced, a living agent's is not. Each problem
 * is one line in the log, and so is its end.
 */
export class ControlSocket {
  readonly #options: ControlSocketOptions;
  /**
   * Closing a server removes the file that it was bound to, even when that is another agent's by then. So a server is bound to
   * this name, which nobody else uses, and the file moved to its place, where it replaces a dead agent's in one step.
   */
  readonly #made: string;
  #opened: Opened | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The look under way; it never rejects. */
  #look: Promise<void> = Promise.resolve();
  #closed = false;
  #problem: string | undefined;

  constructor(options: ControlSocketOptions) {
    this.#options = options;
    this.#made = join(dirname(options.path), `.${randomBytes(4).toString('hex')}`);
  }

  /** Resolves after the first attempt, whether it succeeded or not. */
  async open(): Promise<void> {
    this.#look = this.#lookAfter();
    await this.#look;
  }

  /** Ends every connection, and removes the socket if it is this agent's. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#look;
    await this.#end();
  }

  async #lookAfter(): Promise<void> {
    const { path, log } = this.#options;
    try {
      if (!this.#isInPlace()) {
        await this.#end();
        await this.#begin();
        if (this.#problem !== undefined) log.info({ event: 'control' }, `control socket ${path} is open now`);
      }
      this.#problem = undefined;
    } catch (error) {
      this.#tell(messageOf(error));
    }
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#look = this.#lookAfter();
    }, LOOK_MS);
  }

  #tell(reason: string): void {
    if (this.#problem === reason) return;
    this.#problem = reason;
    const { path, log } = this.#options;
    if (reason === TAKEN) {
      log.info(
        { event: 'control' },
        `control socket ${path}: ${TAKEN}; this one opens it within a second of that one's end`,
      );
      return;
    }
    log.warn(
      { event: 'control' },
      `control socket ${path} cannot be opened (${reason}), so 'status' gets no answer from this agent; it tries again ` +
        'every second: mount the folder writable, or name another socket with --control',
    );
  }

  #isInPlace(): boolean {
    return this.#opened !== undefined && fileAt(this.#options.path) === this.#opened.file;
  }

  async #begin(): Promise<void> {
    const { path } = this.#options;
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    await refuseTaken(path);
    const server = this.#options.server();
    try {
      await listen(server, this.#made);
      const file = fileAt(this.#made);
      renameSync(this.#made, path);
      this.#opened = { server, file };
    } catch (error) {
      await stop(server);
      throw error;
    }
  }

  async #end(): Promise<void> {
    if (this.#opened === undefined) return;
    if (this.#isInPlace()) unlinkSync(this.#options.path);
    const { server } = this.#opened;
    this.#opened = undefined;
    await stop(server);
  }
}

async function refuseTaken(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error('something that is not a socket is in its place');
  if (await isAnswered(path)) throw new Error(TAKEN);
}
