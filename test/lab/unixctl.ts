import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { LabError } from './errors.ts';

interface Question {
  readonly command: string;
  readonly resolve: (text: string) => void;
  readonly reject: (error: Error) => void;
}

/** Milliseconds a daemon may take for an answer. */
const ANSWER_TIME = 10_000;

/**
 * The control socket of an OVS daemon, as `ovs-appctl` uses it (lib/unixctl.c), but kept open: a question costs well under
 * a millisecond, and its answer is given by the daemon's main thread between two rounds of forwarding.
 */
export class Unixctl {
  readonly #path: string;
  readonly #socket: Socket;
  #turn: Promise<unknown> = Promise.resolve();
  #question: Question | undefined;
  #text = '';

  constructor(path: string) {
    this.#path = path;
    this.#socket = connect(path);
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (chunk: string) => {
      this.#take(chunk);
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#question?.reject(this.#closed(this.#question.command));
    });
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  /** Asks, one question after the other; throws LabError `LAB_UNIXCTL` when the daemon refuses or dies. */
  async call(method: string, ...params: string[]): Promise<string> {
    const answer = this.#turn.then(() => this.#ask(method, params));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #ask(method: string, params: string[]): Promise<string> {
    const command = [method, ...params].join(' ');
    if (!this.open) throw this.#closed(command);
    // A daemon that is stopped keeps its sockets: only the clock tells. A late answer must not meet the next question.
    const timer = setTimeout(() => {
      this.#socket.destroy();
    }, ANSWER_TIME);
    try {
      return await new Promise((resolve, reject) => {
        this.#question = { command, resolve, reject };
        this.#socket.write(JSON.stringify({ id: 0, method, params }));
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #take(chunk: string): void {
    this.#text += chunk;
    let reply: { result?: unknown; error?: unknown };
    try {
      reply = JSON.parse(this.#text) as typeof reply;
    } catch {
      return; // The answer has not come in whole yet.
    }
    this.#text = '';
    const asked = this.#question;
    this.#question = undefined;
    if (typeof reply.result === 'string') asked?.resolve(reply.result);
    else asked?.reject(new LabError('LAB_UNIXCTL', `${asked.command}: ${JSON.stringify(reply.error)}`));
  }

  #closed(command: string): LabError {
    return new LabError('LAB_UNIXCTL', `${command}: no daemon answers on ${this.#path}`);
  }
}
