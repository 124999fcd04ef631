import { lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { AgentStatus } from './status.ts';

/** Where the status is served. */
export const STATUS_PATH = '/v1/status';

/** The control socket could not be opened; the message says what to do. */
export class ControlSocketError extends Error {
  readonly code = 'CONTROL_SOCKET';
}

/**
 * Serves the agent's status over HTTP on a unix socket that only root and its group may use. Read-only: nothing that
 * arrives here changes anything. A socket left behind by a dead agent is replaced, a living agent's is not.
 * @throws ControlSocketError
 */
export async function serveControl(path: string, status: () => AgentStatus): Promise<{ close(): Promise<void> }> {
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
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    await removeStale(path);
    await listen(server, path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ControlSocketError(
      `control socket ${path} cannot be opened (${reason}): mount its folder writable, or name another with --control`,
    );
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function answerOf(code: number, known: boolean, status: () => AgentStatus): [code: number, body: object] {
  if (code !== 200) return [code, { error: known ? 'use GET' : `there is only ${STATUS_PATH}` }];
  try {
    return [code, status()];
  } catch (error) {
    return [500, { error: error instanceof Error ? error.message : String(error) }];
  }
}

async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error('something that is not a socket is in its place');
  if (await answers(path)) throw new Error('another agent listens there');
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  // Others must not read which guests a host has; the mask holds for the moment of creation only.
  const before = process.umask(0o117);
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // A connection that could not be accepted (no file descriptor left) concerns whoever asked, not the agent.
      server.on('error', () => undefined);
      resolve();
    });
  }).finally(() => process.umask(before));
}
