import { expect } from 'chai';
import { measureLadder } from '../../lifecycle/ladder.ts';

describe('a NIC whose portgroup one source alone tells', function () {
  this.timeout(120_000);

  it('is closed and then installed, whichever source it is', async () => {
    const rows = await measureLadder(1, () => undefined);
    expect(rows.map(({ source, way }) => `${source} ${way}`)).to.deep.equal([
      'port-profile ovs-vsctl',
      ...['port-profile start', 'port-profile hotplug', 'port-profile start', 'port-profile hotplug'],
      ...['network-port start', 'network-port hotplug', 'domain-status start', 'domain-status hotplug'],
      'domain start',
      ...['network-default start', 'network-default hotplug', 'virsh start', 'virsh hotplug'],
    ]);
    for (const { rung, births } of rows) expect(births, rung).to.have.length(1);
  });
});
