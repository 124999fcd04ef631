import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import { issueCertificate } from '../../support/certificate.ts';
import { Server, until } from './server.ts';

/** A port of TCP that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}

describe('an ssl: remote of a bridge', () => {
  let server: Server;
  let remote = '';
  const pem = (name: string): string => join(server.folder, `${name}.pem`);

  before(async () => {
    server = await Server.start();
    await server.addBridge('br0');
    await issueCertificate(server.folder, 'ca');
    await issueCertificate(server.folder, 'switch', { by: 'ca' });
    await issueCertificate(server.folder, 'stranger');
    await server.vsctl('set-ssl', pem('switch-key'), pem('switch'), pem('ca'));
    const port = await freePort();
    await server.vsctl('set-controller', 'br0', `pssl:${port}:127.0.0.1`);
    remote = `ssl:127.0.0.1:${port}`;
    await until(async () => (await failure(pem('ca'))) === 'no error', 'a bridge that listens');
  });
  after(() => server.stop());

  async function failure(caFile: string): Promise<string> {
    const tls = { caFile, certFile: pem('switch'), keyFile: pem('switch-key'), verifyHostname: false };
    return OpenFlowConnection.connect(remote, { tls }).then(
      (connection) => {
        connection.close();
        return 'no error';
      },
      (error: unknown) => String(error),
    );
  }

  it('is believed for the authority that is named, and for none else', async () => {
    expect(await failure(pem('ca'))).to.equal('no error');
    expect(await failure(pem('stranger'))).to.include('certificate');
    await writeFile(pem('empty'), '');
    expect(await failure(pem('empty'))).to.include('holds no certificate');
  });

  it('is authenticated whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(await failure(pem('stranger'))).to.include('certificate');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });
});
