import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { HEADER_LENGTH } from '../../src/openflow/message.ts';
import { JsonSplitter } from './json-splitter.ts';

/** A `request` goes to the server, an `answer` (or what nobody asked for) comes from it. */
export type Direction = 'request' | 'answer';

/** Cuts a stream into messages: gives those that end in a chunk, and keeps the rest. */
export type Split = (chunk: Buffer) => readonly Buffer[];

/** OpenFlow messages, by the length in their headers. */
export function openFlowMessages(): Split {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const messages: Buffer[] = [];
    while (rest.length >= HEADER_LENGTH && rest.length >= rest.readUInt16BE(2)) {
      messages.push(rest.subarray(0, rest.readUInt16BE(2)));
      rest = rest.subarray(rest.readUInt16BE(2));
    }
    return messages;
  };
}

/** JSON-RPC messages of OVSDB. */
export function jsonMessages(): Split {
  const splitter = new JsonSplitter();
  return (chunk) => {
    const messages: Buffer[] = [];
    splitter.push(chunk, ({ bytes }) => messages.push(Buffer.from(bytes)));
    return messages;
  };
}

/** Stands between clients and a Unix socket, sees every message that passes, and can hold requests back. */
export class Relay {
  /** Called with each message just before it is passed on. */
  onMessage: (message: Buffer, direction: Direction) => void = () => undefined;
  readonly #target: string;
  readonly #split: () => Split;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #held: (() => void)[] | undefined;

  private constructor(target: string, split: () => Split) {
    this.#target = target;
    this.#split = split;
    this.#server = createServer((client) => {
      this.#relay(client);
    });
  }

  /** A relay at `path` for the socket `target`, whose streams `split` cuts into messages. */
  static async listen(path: string, target: string, split: () => Split): Promise<Relay> {
    const relay = new Relay(target, split);
    await rm(path, { force: true });
    relay.#server.listen(path);
    await once(relay.#server, 'listening');
    return relay;
  }

  /** Holds requests back from now on; answers still pass. */
  hold(): void {
    this.#held ??= [];
  }

  /** How many requests are held back. */
  get held(): number {
    return this.#held?.length ?? 0;
  }

  /** Passes on what was held back, in order, and whatever comes. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const pass of held) pass();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #relay(client: Socket): void {
    const server = connect(this.#target);
    this.#pass(client, server, 'request');
    this.#pass(server, client, 'answer');
  }

  #pass(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from);
    const split = this.#split();
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.on('data', (chunk: Buffer) => {
      for (const message of split(chunk)) {
        const pass = (): void => {
          this.onMessage(message, direction);
          to.write(message);
        };
        if (direction === 'request' && this.#held !== undefined) this.#held.push(pass);
        else pass();
      }
    });
  }
}
