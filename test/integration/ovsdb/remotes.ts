import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until, type TestServer } from './server.ts';

/** The port that ovsdb-server was given for the `index`th listener on port 0. */
export async function listeningPort(server: TestServer): Promise<number> {
  let port = NaN;
  await until('the port is known', async () => {
    const log = await readFile(join(server.folder, 'ovsdb-server.log'), 'utf8');
    port = Number(/0:127\.0\.0\.1: listening on port (\d+)/.exec(log)?.[1]);
    return !Number.isNaN(port);
  });
  return port;
}
