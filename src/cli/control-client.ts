import { request } from 'node:http';
import { EVENTS_PATH, STATUS_PATH } from '../control/control-server.ts';
import type { EventsAnswer } from '../control/event.ts';
import type { AgentStatus } from '../control/status.ts';
import { CommandError, ExitCode } from './exit-code.ts';

/** An answer larger than this is not a status, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 5000;

/** Asks the agent behind the control socket for its status. @throws CommandError when none answers */
export function fetchStatus(socketPath: string): Promise<AgentStatus> {
  return fetchAnswer(socketPath, STATUS_PATH) as Promise<AgentStatus>;
}

/** Asks it for the events after number `after`. @throws CommandError when none answers */
export function fetchEvents(socketPath: string, after: number): Promise<EventsAnswer> {
  return fetchAnswer(socketPath, `${EVENTS_PATH}?after=${after}`) as Promise<EventsAnswer>;
}

function fetchAnswer(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      reject(new CommandError(ExitCode.NOT_RUNNING, unanswered(socketPath, reason)));
    };
    const call = request({ socketPath, path, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) call.destroy(new Error('its answer is too large'));
        else chunks.push(chunk);
      });
      response.on('close', () => {
        if (!response.complete) fail('it ended before its answer did');
      });
      response.on('end', () => {
        if (response.statusCode !== 200) {
          fail(`it answers ${String(response.statusCode)}`);
          return;
        }
        try {
          // The agent is of the same version or close to it, and as trusted as this program.
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch {
          fail('its answer is not JSON');
        }
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.code ?? error.message);
    });
    call.end();
  });
}

function unanswered(socketPath: string, reason: string): string {
  if (reason === 'EACCES' || reason === 'EPERM') {
    return (
      `this user may not ask the agent on ${socketPath} (${reason}): run this as root, or as a member of the group that ` +
      `'stat -c %G ${socketPath}' names`
    );
  }
  return `no agent answers on ${socketPath} (${reason}): start one with 'pvlan-agent run', or name its socket with --control`;
}
