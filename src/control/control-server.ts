import type { Server } from 'node:http';
import { messageOf } from '../base/thrown.ts';
import { boundedServer } from './bounded-server.ts';
import type { EventsAnswer } from './event.ts';
import { Reused } from './reused.ts';
import type { AgentStatus } from './status.ts';

/** Where the status and the events are served. */
export const STATUS_PATH = '/v1/status';
export const EVENTS_PATH = '/v1/events';

/**
 * A server, not listening yet, that tells the agent's status and what happened over HTTP. Read-only: nothing that arrives here changes anything.
 * `status` may throw; whoever asked is told why. See {@link boundedServer}.
 */
export function controlServer(status: () => AgentStatus, events?: (after: number) => EventsAnswer): Server {
  const answers = new Reused(() => answerOf(status));
  return boundedServer((request, response) => {
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
  });
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

function answerOf(status: () => AgentStatus): Answer {
  try {
    return [200, `${JSON.stringify(status())}\n`];
  } catch (error) {
    return refusal(500, messageOf(error));
  }
}
