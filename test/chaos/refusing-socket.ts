import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { until } from '../lab/until.ts';

/**
 * Takes the place of a dead daemon's socket at `path` and hangs up on whoever connects, until that happened `times` times. Waits
 * that grew with each refusal would let only a few of them happen before the deadline.
 */
export async function refuse(path: string, times: number): Promise<void> {
  let seen = 0;
  const server = createServer((socket) => {
    seen += 1;
    socket.destroy();
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await until(`${times} attempts to connect to ${path}`, () => seen >= times);
  await new Promise((resolve) => server.close(resolve));
}
