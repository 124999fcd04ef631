import { join } from 'node:path';
import { expect } from 'chai';
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import { SwitchError, Unsupported } from '../../../src/openflow/errors.ts';
import { Server } from './server.ts';
import { SwitchProxy } from './switch-proxy.ts';

describe('a connection to an Open vSwitch that has no flow monitor', () => {
  let server: Server;
  let proxy: SwitchProxy;
  let connection: OpenFlowConnection;

  before(async () => {
    server = await Server.start();
    await server.addBridge('br0', 1);
    const path = join(server.folder, 'proxy.mgmt');
    proxy = await SwitchProxy.listen(path, join(server.folder, 'br0.mgmt'));
    proxy.knowsFlowMonitors = false;
    proxy.software = '3.1.0';
    connection = await OpenFlowConnection.connect(`unix:${path}`);
  });

  after(async () => {
    connection.close();
    await proxy.close();
    await server.stop();
  });

  const monitoring = async (): Promise<unknown> =>
    new Promise((resolve) => connection.monitorFlows().subscribe({ error: resolve }));

  it('says so to who subscribes, though the error names neither version nor request', async () => {
    const error = await monitoring();
    expect(error).to.be.instanceOf(SwitchError).with.property('message').that.contains('OFPMP_FLOW_MONITOR');
    expect(proxy.refusedMonitors).to.be.above(0);
  });

  it('goes on: flows are written and read as before', async () => {
    await connection.commit([
      { command: 'add', flow: { table: 3, priority: 7, cookie: 9n, match: { inPort: 1 }, actions: [] } },
    ]);
    const [flow] = await connection.readFlows({ cookie: 9n, cookieMask: 0xffff_ffff_ffff_ffffn });
    expect(flow).to.include({ table: 3, priority: 7 });
  });

  it('is not asked for one where the switch says that it is of such a release', async () => {
    connection.close();
    proxy.refusedMonitors = 0;
    for (const release of ['2.13.8', '2.15.0', '2.17.9']) {
      proxy.software = release;
      connection = await OpenFlowConnection.connect(`unix:${join(server.folder, 'proxy.mgmt')}`);
      expect(connection.description.software).to.equal(release);
      expect(await monitoring())
        .to.be.instanceOf(Unsupported)
        .with.property('message')
        .that.contains(release);
      connection.close();
    }
    expect(proxy.refusedMonitors).to.equal(0);
  });
});
