import { join } from 'node:path';
import { expect } from 'chai';
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import { SwitchError } from '../../../src/openflow/errors.ts';
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
    connection = await OpenFlowConnection.connect(`unix:${path}`);
  });

  after(async () => {
    connection.close();
    await proxy.close();
    await server.stop();
  });

  it('says so to who subscribes, in the words of Open vSwitch', async () => {
    const error: unknown = await new Promise((resolve) => connection.monitorFlows().subscribe({ error: resolve }));
    expect(error).to.be.instanceOf(SwitchError).with.property('errorName').that.contains('OFPBRC_BAD_STAT');
  });

  it('goes on: flows are written and read as before', async () => {
    await connection.commit([
      { command: 'add', flow: { table: 3, priority: 7, cookie: 9n, match: { inPort: 1 }, actions: [] } },
    ]);
    const [flow] = await connection.readFlows({ cookie: 9n, cookieMask: 0xffff_ffff_ffff_ffffn });
    expect(flow).to.include({ table: 3, priority: 7 });
    expect(proxy.refusedMonitors).to.be.above(0);
  });
});
