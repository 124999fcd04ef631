import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** How many connections may be open; the next one takes the place of another. */
const MAX_CONNECTIONS = 32;
/** In milliseconds. To say what is asked takes none at all, and to read the largest answer takes tens. */
const REQUEST_MS = 1000;
const CONNECTION_MS = 10_000;

/**
 * An HTTP server, not listening yet, that takes one request a connection and reads no body. Whoever connects anew is served: when
 * too many are connected, who asks nothing is cut off, and else who has been there longest. So nobody keeps others out by being idle,
 * slow or greedy.
 */
export function boundedServer(answer: RequestListener): Server {
  const limits = {
    // Node looks every thirty seconds by itself.
    connectionsCheckingInterval: REQUEST_MS / 2,
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
  };
  const places = new Places();
  const server = createServer(limits, (request, response) => {
    places.asks(request.socket);
    answer(request, response);
    request.resume();
  });
  server.maxRequestsPerSocket = 1;
  server.on('connection', (socket) => {
    places.take(socket);
  });
  return server;
}

/** Who is connected. */
class Places {
  /** The longest there comes first; whether it has asked for something. */
  readonly #asked = new Map<Socket, boolean>();

  take(socket: Socket): void {
    if (this.#asked.size >= MAX_CONNECTIONS) this.#giveUp();
    this.#asked.set(socket, false);
    const timer = setTimeout(() => {
      socket.destroy();
    }, CONNECTION_MS);
    timer.unref();
    socket.once('close', () => {
      clearTimeout(timer);
      this.#asked.delete(socket);
    });
  }

  asks(socket: Socket): void {
    if (this.#asked.has(socket)) this.#asked.set(socket, true);
  }

  #giveUp(): void {
    const sockets = [...this.#asked];
    const [given] = sockets.find(([, asked]) => !asked) ?? sockets[0] ?? [];
    if (given === undefined) return;
    this.#asked.delete(given);
    given.destroy();
  }
}
