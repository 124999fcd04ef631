import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import type { OvsdbSession } from '../../../src/ovsdb/session.ts';
import { listeningPort } from './remotes.ts';
import { issueCertificate } from '../../support/certificate.ts';
import { TestServer, until } from './server.ts';
import { addBridge, bridgeNamed, record, session } from './sessions.ts';

async function failure(client: OvsdbSession): Promise<string> {
  const error: unknown = await client.ready({ timeoutMs: 1000 }).catch((thrown: unknown) => thrown);
  client.close();
  return error instanceof Error ? error.message : 'no error';
}

describe('the remotes of a session', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ remotes: ['ptcp:0:127.0.0.1'] });
    await server.vsctl('init');
  });
  after(() => server.stop());

  it('may be TCP', async () => {
    const client = session(`tcp:127.0.0.1:${await listeningPort(server)}`);
    await client.ready({ timeoutMs: 5000 });
    expect(client.rows('Open_vSwitch').size).to.equal(1);
    client.close();
  });

  it('are tried in turn without a wait', async () => {
    const client = session([`unix:${server.folder}/none`, 'tcp:127.0.0.1:1', `unix:${server.socket}`], {
      minBackoffMs: 60_000,
    });
    await client.ready({ timeoutMs: 5000 });
    expect(client.state).to.include({ kind: 'synced', remote: `unix:${server.socket}` });
    client.close();
  });

  it('are named in the error, with cause and remedy', async () => {
    const missing = `unix:${server.folder}/none`;
    expect(await failure(session(missing))).to.match(
      new RegExp(`^cannot connect to ${missing}: .*not exist; .*mount the folder`),
    );
    await writeFile(join(server.folder, 'file'), '');
    expect(await failure(session(`unix:${server.folder}/file`))).to.include('nothing listens on it');
    expect(await failure(session('tcp:127.0.0.1:1'))).to.match(
      /tcp:127\.0\.0\.1:1: nothing listens there; .*set-manager/,
    );
    expect(await failure(session(`unix:${server.socket}`, { database: 'Nonsense' }))).to.include(
      'no database "Nonsense"',
    );
  });

  it('explain a socket that its server has left behind', async () => {
    const stale = await TestServer.start();
    await stale.kill();
    const message = await failure(session(`unix:${stale.socket}`));
    await stale.stop();
    expect(message).to.include('nothing listens on it').and.include('mount the folder, not the file');
  });
});

describe('an ssl: remote', () => {
  let server: TestServer;
  let folder = '';
  const pem = (name: string): string => join(folder, `${name}.pem`);

  before(async () => {
    const maker = await TestServer.start();
    ({ folder } = maker);
    await issueCertificate(folder, 'ca');
    await issueCertificate(folder, 'server', { by: 'ca', alternativeName: 'IP:127.0.0.1' });
    for (const name of ['nameless', 'client']) await issueCertificate(folder, name, { by: 'ca' });
    await issueCertificate(folder, 'stranger');
    await maker.kill();
    server = maker;
  });
  after(() => server.stop());

  async function serve(certificate: string): Promise<{ remote: string; stop: () => Promise<void> }> {
    const secure = await TestServer.start({
      remotes: ['pssl:0:127.0.0.1'],
      arguments: [
        `--certificate=${pem(certificate)}`,
        `--private-key=${pem(`${certificate}-key`)}`,
        `--ca-cert=${pem('ca')}`,
      ],
    });
    return { remote: `ssl:127.0.0.1:${await listeningPort(secure)}`, stop: () => secure.stop() };
  }

  it('is authenticated both ways', async () => {
    const { remote, stop } = await serve('server');
    const tls = { caFile: pem('ca'), certFile: pem('client'), keyFile: pem('client-key') };
    const client = session(remote, { tls });
    await client.ready({ timeoutMs: 5000 });
    client.close();
    const stranger = { ...tls, caFile: pem('stranger') };
    expect(await failure(session(remote, { tls: stranger }))).to.include('not signed by the configured CA');
    expect(await failure(session(remote))).to.include('no CA certificate');
    expect(await failure(session(remote, { tls: { caFile: pem('none') } }))).to.include('none.pem cannot be read');
    const anonymous = await failure(session(remote, { tls: { caFile: pem('ca') } }));
    expect(anonymous).to.not.equal('no error');
    await stop();
  });

  it('is authenticated whatever NODE_TLS_REJECT_UNAUTHORIZED says, and by an authority that is named', async () => {
    const { remote, stop } = await serve('server');
    const tls = { certFile: pem('client'), keyFile: pem('client-key'), verifyHostname: false };
    await writeFile(pem('empty'), '');
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const stranger = await failure(session(remote, { tls: { ...tls, caFile: pem('stranger') } }));
      expect(stranger).to.include('not signed by the configured CA');
      const nobody = await failure(session(remote, { tls: { ...tls, caFile: pem('empty') } }));
      expect(nobody).to.include('empty.pem holds no certificate');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    await stop();
  });

  it('stands in no list with a tcp: one, which would be used when it fails', () => {
    const remotes = [parseRemote('ssl:127.0.0.1:1'), parseRemote('tcp:127.0.0.1:2')] as const;
    expect(() => session('ssl:127.0.0.1:1', { remotes: [...remotes] })).to.throw('fall back to its tcp: remotes');
  });

  it('may have a certificate without host names only when told so', async () => {
    const { remote, stop } = await serve('nameless');
    const tls = { caFile: pem('ca'), certFile: pem('client'), keyFile: pem('client-key') };
    expect(await failure(session(remote, { tls }))).to.include('does not name this host');
    const client = session(remote, { tls: { ...tls, verifyHostname: false } });
    await client.ready({ timeoutMs: 5000 });
    client.close();
    await stop();
  });
});

describe('a connection that delivers in small pieces', () => {
  let server: TestServer;
  let proxy: Server;
  const sockets = new Set<Socket>();

  before(async () => {
    server = await TestServer.start();
    await server.vsctl('init');
    proxy = createServer((inside) => {
      const outside = connect(server.socket);
      for (const socket of [inside, outside]) {
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => undefined);
      }
      inside.pipe(outside);
      outside.on('data', (chunk: Buffer) => {
        for (const byte of chunk) inside.write(Buffer.of(byte));
      });
    });
    await new Promise<void>((resolve) => proxy.listen(join(server.folder, 'proxy.sock'), resolve));
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await server.stop();
  });

  it('carries multi-byte values of 4 KiB and more unharmed', async () => {
    const text = 'é🜁"\\{[строка'.repeat(300);
    const writer = session(`unix:${server.socket}`);
    await writer.ready({ timeoutMs: 5000 });
    await writer.transact(addBridge('br0', { external_ids: ['map', [['text', text]]] }));
    const client = session(`unix:${join(server.folder, 'proxy.sock')}`, {
      monitor: { Bridge: { columns: ['name', 'external_ids'] } },
    });
    await client.ready({ timeoutMs: 15_000 });
    const seen = record(client);
    expect(bridgeNamed(client, 'br0')?.['external_ids']).to.deep.equal(new Map([['text', text]]));
    const row = { external_ids: ['map', [['text', `${text}!`]]] } as const;
    await writer.transact([{ op: 'update', table: 'Bridge', where: [], row }]);
    await until('the update', () => seen.batches.length === 2);
    expect(bridgeNamed(client, 'br0')?.['external_ids']).to.deep.equal(new Map([['text', `${text}!`]]));
    writer.close();
    client.close();
  });
});
