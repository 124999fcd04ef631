import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf } from '../base/thrown.ts';
import type { EventsAnswer } from './event.ts';
import type { AgentStatus } from './status.ts';

/** Where the status and the events are served. */
export const STATUS_PATH = '/v1/status';
export const EVENTS_PATH = '/v1/events';

/** How many connections may be open; the next one takes the place of another. */
const MAX_CONNECTIONS = 32;
/** In milliseconds. To say what is asked takes none at all, and to read the largest answer takes tens. */
const REQUEST_MS = 1000;
const CONNECTION_MS = 10_000;
/** An answer is given again for this many times what it took to make, so that whoever asks all the time costs a tenth of it. */
const REUSE_FACTOR = 10;

/**
 * A server, not listening yet, that tells the agent's status and what happened over HTTP. Read-only: nothing that arrives here changes anything.
 * `status` may throw; whoever asked is told why.
 *
 * Whoever connects anew is served, the health check first of all: when too many are connected, who asks nothing is cut off, and
 * else who has been there longest. So nobody keeps others out by being idle, slow or greedy.
 */
export function controlServer(status: () => AgentStatus, events?: (after: number) => EventsAnswer): Server {
  const answers = new Answers(status);
  const limits = {
    connectionsCheckingInterval: REQUEST_MS / 2,
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
  };
  const places = new Places();
  const server = createServer(limits, (request, response) => {
    places.asks(request.socket);
    const after = events === undefined ? undefined : eventsAfter(request.url ?? '');
    const known = request.url === STATUS_PATH || after !== undefined;
    const [code, body] = !known
      ? refusal(404, `there is only ${STATUS_PATH} and ${EVENTS_PATH}?after=NUMBER`)
      : request.method !== 'GET'
        ? refusal(405, 'use GET')
        : after === undefined
          ? answers.get()
          : [200, `${JSON.stringify(events?.(after))}\n`];
    response.writeHead(code, { 'content-type': 'application/json', connection: 'close' });
    response.end(body);
    // No request here has a body worth reading.
    request.resume();
  });
  server.maxRequestsPerSocket = 1;
  server.on('connection', (socket) => {
    places.take(socket);
  });
  return server;
}

/** The number that a request for events names; undefined for another request. */
function eventsAfter(url: string): number | undefined {
  const [path, query = '', ...rest] = url.split('?');
  if (path !== EVENTS_PATH || rest.length > 0) return undefined;
  const number = /^(?:after=(\d{1,15}))?$/.exec(query);
  return number === null ? undefined : Number(number[1] ?? 0);
}

type Answer = readonly [code: number, body: string];

function refusal(code: number, error: string): Answer {
  return [code, `${JSON.stringify({ error })}\n`];
}

/** The status as it is sent, made anew no more often than it can be afforded. */
class Answers {
  readonly #status: () => AgentStatus;
  #last: Answer = [503, ''];
  #validUntil = -Infinity;

  constructor(status: () => AgentStatus) {
    this.#status = status;
  }

  get(): Answer {
    const start = performance.now();
    if (start < this.#validUntil) return this.#last;
    try {
      this.#last = [200, `${JSON.stringify(this.#status())}\n`];
    } catch (error) {
      this.#last = refusal(500, messageOf(error));
    }
    const end = performance.now();
    this.#validUntil = end + REUSE_FACTOR * (end - start);
    return this.#last;
  }
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
