import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import { ConnectionLost, RequestTimeout } from '../../../src/openflow/errors.ts';
import { needsFlowMonitor } from '../../support/release-at-hand.ts';
import { Server, until } from './server.ts';

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function connectsAtLast(remote: string, options = {}): Promise<OpenFlowConnection> {
  let connection: OpenFlowConnection | undefined;
  await until(async () => {
    connection = await OpenFlowConnection.connect(remote, options).catch(() => undefined);
    return connection !== undefined;
  }, remote);
  return connection!;
}

describe('the life of a connection to Open vSwitch', () => {
  let server: Server;

  before(async () => {
    server = await Server.start();
    await server.addBridge('br0', 1);
  });

  after(async () => {
    await server.stop();
  });

  it('ends when ovs-vswitchd is killed, and its monitor with it', async function () {
    needsFlowMonitor(this);
    const connection = await OpenFlowConnection.connect(server.remote('br0'));
    const monitor = new Promise((resolve) => connection.monitorFlows().subscribe({ error: resolve }));
    await connection.barrier();
    await server.killDaemon();
    expect(await connection.closed).to.be.instanceOf(ConnectionLost);
    expect(await monitor).to.be.instanceOf(ConnectionLost);
    const refused = await failure(OpenFlowConnection.connect(server.remote('br0')));
    expect(refused).to.have.property('code', 'ECONNREFUSED');
    expect((refused as Error).message).to.contain('start ovs-vswitchd');
    await server.startDaemon();
    (await connectsAtLast(server.remote('br0'))).close();
  });

  it('ends when ovs-vswitchd lives but does nothing', async () => {
    // Time enough for the handshake on a busy machine, and not too long to wait for the rest.
    const connection = await OpenFlowConnection.connect(server.remote('br0'), { timeoutMs: 2000 });
    server.freezeDaemon();
    const error = await failure(connection.barrier());
    server.thawDaemon();
    expect(error).to.be.instanceOf(RequestTimeout);
    expect(await connection.closed).to.be.instanceOf(RequestTimeout);
  });

  it('ends when its bridge is deleted', async () => {
    const connection = await OpenFlowConnection.connect(await server.addBridge('shortlived'));
    await server.vsctl('del-br', 'shortlived');
    expect(await connection.closed).to.be.instanceOf(ConnectionLost);
  });

  it('goes over TCP', async () => {
    const port = await freePort();
    await server.vsctl('set-controller', 'br0', `ptcp:${port}:127.0.0.1`);
    const connection = await connectsAtLast(`tcp:127.0.0.1:${port}`);
    expect((await connection.ports()).map(({ name }) => name)).to.include('br0-1');
    connection.close();
  });

  it('goes over TLS with certificates on both sides, and not without', async () => {
    const file = (name: string): string => join(server.folder, name);
    for (const side of ['switch', 'client']) {
      const subject = ['-subj', `/CN=${side}`, '-days', '2', '-nodes', '-x509', '-newkey', 'rsa:2048'];
      await server.tool('openssl', 'req', ...subject, '-keyout', file(`${side}.key`), '-out', file(`${side}.pem`));
    }
    const port = await freePort();
    await server.vsctl('set-ssl', file('switch.key'), file('switch.pem'), file('client.pem'));
    await server.vsctl('set-controller', 'br0', `pssl:${port}:127.0.0.1`);
    const [caFile, certFile, keyFile] = [file('switch.pem'), file('client.pem'), file('client.key')];
    const tls = { caFile, certFile, keyFile, verifyHostname: false };
    const remote = `ssl:127.0.0.1:${port}`;
    const connection = await connectsAtLast(remote, { tls });
    expect((await connection.ports()).map(({ name }) => name)).to.include('br0-1');
    connection.close();
    expect(await failure(OpenFlowConnection.connect(remote, { tls: { ...tls, caFile: certFile } }))).to.have.property(
      'code',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    );
    expect(
      await failure(OpenFlowConnection.connect(remote, { tls: { caFile, verifyHostname: false } })),
    ).to.be.instanceOf(Error);
  });
});
