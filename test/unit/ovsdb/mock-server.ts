import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonReader } from '../../../src/ovsdb/json-reader.ts';
import type { Json } from '../../../src/ovsdb/json-value.ts';
import { parseRpcMessage } from '../../../src/ovsdb/rpc-message.ts';
import type { RpcMessage } from '../../../src/ovsdb/rpc-message.ts';

/** One client's connection, seen from the server. */
export interface MockPeer {
  readonly socket: Socket;
  /** Everything the client sent. */
  readonly received: RpcMessage[];
  send(message: Json): void;
}

/** Answers one request: a result, or an object with `error`. Undefined leaves it unanswered. */
export type Answer = (
  method: string,
  params: readonly Json[],
  peer: MockPeer,
) => { readonly result: Json } | { readonly error: Json } | undefined;

/** The schema of a database with one table: name, set, map, optional. */
export const mockSchema: Json = {
  name: 'Mock',
  version: '1.0.0',
  tables: {
    Thing: {
      columns: {
        name: { type: 'string' },
        tags: { type: { key: 'integer', min: 0, max: 'unlimited' } },
        ids: { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } },
        size: { type: { key: 'integer', min: 0, max: 1 } },
      },
    },
  },
};

/** A server for the faults and the ages a real one does not produce on demand. */
export class MockServer {
  readonly path: string;
  readonly peers: MockPeer[] = [];
  readonly #folder: string;
  readonly #server: Server;

  private constructor(folder: string, answer: Answer) {
    this.#folder = folder;
    this.path = join(folder, 'mock.sock');
    this.#server = createServer((socket) => {
      this.#accept(socket, answer);
    });
  }

  static async start(answer: Answer): Promise<MockServer> {
    const server = new MockServer(await mkdtemp(join(tmpdir(), 'ovsdb-mock-')), answer);
    await new Promise<void>((resolve) => server.#server.listen(server.path, resolve));
    return server;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #accept(socket: Socket, answer: Answer): void {
    const reader = new JsonReader();
    const send = (message: Json): void => {
      socket.write(JSON.stringify(message));
    };
    const peer: MockPeer = { socket, received: [], send };
    this.peers.push(peer);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      for (let value = reader.next(); value !== undefined; value = reader.next()) {
        const message = parseRpcMessage(value);
        peer.received.push(message);
        if (message.kind !== 'request') continue;
        const reply = answer(message.method, message.params, peer);
        if (reply !== undefined) send({ id: message.id, ...reply });
      }
    });
  }
}

/** Answers `get_schema`, and each monitor method in `content` with its content; knows no other. */
export function serving(content: Readonly<Record<string, Json>>): Answer {
  return (method) => {
    if (method === 'get_schema') return { result: mockSchema };
    const result = content[method];
    return result === undefined ? { error: 'unknown method' } : { result };
  };
}
