import { expect } from 'chai';
import { measureLadder } from '../../lifecycle/ladder.ts';

describe('a NIC whose portgroup one source alone tells', function () {
  this.timeout(90_000);

  it('is closed and then installed, whichever source it is', async () => {
    const rows = await measureLadder(1, () => undefined);
    expect(rows.map(({ source }) => source)).to.deep.equal([
      ...['port-profile', 'port-profile', 'port-profile'],
      ...['network-port', 'domain-status', 'domain', 'network-default', 'virsh'],
    ]);
    for (const { rung, births } of rows) expect(births, rung).to.have.length(1);
  });
});
