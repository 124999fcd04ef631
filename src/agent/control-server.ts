import { createServer, type Server } from 'node:http';
import { messageOf } from './message-of.ts';
import type { AgentStatus } from './status.ts';

/** Where the status is served. */
export const STATUS_PATH = '/v1/status';

/**
 * A server, not listening yet, that tells the agent's status over HTTP. Read-only: nothing that arrives here changes anything.
 * `status` may throw; whoever asked is told why.
 */
export function controlServer(status: () => AgentStatus): Server {
  const server = createServer((request, response) => {
    const known = request.url === STATUS_PATH;
    const allowed = request.method === 'GET';
    const code = !known ? 404 : !allowed ? 405 : 200;
    const [answer, body] = answerOf(code, known, status);
    response.writeHead(answer, { 'content-type': 'application/json', connection: 'close' });
    response.end(`${JSON.stringify(body)}\n`);
    // No request here has a body worth reading.
    request.resume();
  });
  server.requestTimeout = 5000;
  server.headersTimeout = 5000;
  server.maxConnections = 32;
  return server;
}

function answerOf(code: number, known: boolean, status: () => AgentStatus): [code: number, body: object] {
  if (code !== 200) return [code, { error: known ? 'use GET' : `there is only ${STATUS_PATH}` }];
  try {
    return [code, status()];
  } catch (error) {
    return [500, { error: messageOf(error) }];
  }
}
