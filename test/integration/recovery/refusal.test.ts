import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Endpoint } from '../../lab/endpoint.ts';
import { until } from '../../lab/until.ts';
import { SwitchProxy } from '../openflow/switch-proxy.ts';
import { useSite } from './site.ts';

describe('an agent whose bridge refuses OpenFlow', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });
  let proxy: SwitchProxy;
  let path: string;
  let number = 10;

  before(async () => {
    const folder = join(site().host.folder, 'run');
    path = join(folder, 'br0.mgmt');
    proxy = await SwitchProxy.listen(path, join(site().host.rundir, 'br0.mgmt'));
    await site().startAgent({ openflow: folder });
    await site().settled();
  });

  after(async () => {
    await site().stopAgent();
    await proxy.close();
  });

  afterEach(async () => {
    proxy.welcome = 'relay';
    await site().settled();
    expect(site().alarms).to.equal('');
    expect(await site().offences()).to.equal('');
  });

  /** A guest born meanwhile stays closed and unmarked, and those that lost their flows reach nobody. */
  const staysClosed = async (): Promise<void> => {
    const late = await lateGuest();
    expect(await site().mark(late)).to.equal(undefined);
    await site().deleteFlows();
    await until('no guest to bear a mark', async () =>
      (await Promise.all(site().guests.map((guest) => site().mark(guest)))).every((mark) => mark === undefined),
    );
    expect(await site().leaks()).to.equal('');
  };
  const lateGuest = (): Promise<Endpoint> => site().plug((number += 1));

  it('keeps its guests closed, and tries as often after many refusals as after one', async () => {
    proxy.welcome = 'refuse';
    proxy.drop();
    await until('an alarm', () => site().alarms !== '');
    await staysClosed();
    const before = proxy.refused;
    // Waits that grew as they usually do would let a few attempts through in the time of this.
    await until('many more attempts', () => proxy.refused >= before + 20, { timeout: 10_000 });
  });

  it('says that nobody listens at a socket that was left behind', async () => {
    await proxy.abandon();
    await until('an alarm that says so', () => /br0.*nobody listens/.test(site().alarms));
    await staysClosed();
    await proxy.listen();
  });

  it('says that the socket is missing', async () => {
    await proxy.close();
    await until('an alarm that says so', () => /br0.*has no socket/.test(site().alarms));
    await staysClosed();
    await proxy.listen();
  });

  it('goes on over the connection it has when the socket is unlinked behind it', async () => {
    const before = await site().flows();
    await rm(path);
    await site().deleteFlows();
    await site().flowsAre(before);
    await proxy.listen();
  });

  it('gives up a bridge that accepts and never says hello', async () => {
    proxy.welcome = 'silence';
    proxy.drop();
    await until('a connection', () => proxy.refused > 0);
    await staysClosed();
    await until('an alarm that says so', () => /br0.*OFPT_HELLO/.test(site().alarms), { timeout: 20_000 });
  });
});
