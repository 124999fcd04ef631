import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { databaseReady } from '../../../src/cli/database.ts';
import { VswitchDatabase } from '../../../src/vswitch/database.ts';

describe('the patience of a command with OVSDB', () => {
  let folder: string;
  let server: Server;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pvlan-patience-'));
    // Takes connections and never says a word, as one does that is busy, or stopped.
    server = createServer();
    server.listen(join(folder, 'silent.sock'));
    await once(server, 'listening');
  });

  after(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const complaint = async (socket: string): Promise<string> => {
    const database = new VswitchDatabase({ remotes: [{ kind: 'unix', path: join(folder, socket) }] });
    return databaseReady(database, { reach: 40, content: 90 }).then(
      () => 'synced',
      (error: unknown) => String(error),
    );
  };

  it('is long with a server that took the connection', async () => {
    expect(await complaint('silent.sock')).to.contain('was not synced within 90 ms');
  });

  it('is short where there is none', async () => {
    expect(await complaint('none.sock'))
      .to.contain('none.sock')
      .and.not.to.contain('not synced');
  });
});
