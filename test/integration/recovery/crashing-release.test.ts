import { join } from 'node:path';
import { expect } from 'chai';
import { normalNeedsNoInPort } from '../../../src/openflow/release.ts';
import { until } from '../../lab/until.ts';
import { releaseAtHand } from '../../support/release-at-hand.ts';
import { skip } from '../../support/skip.ts';
import { SwitchProxy } from '../openflow/switch-proxy.ts';
import { useSite } from './site.ts';

/** What such a release dies of when NORMAL follows (OVS commit 0027b3b46). */
const AS_NOBODY = /set_field:(ANY|NONE|65535)->in_port|load:0xffff->NXM_OF_IN_PORT/;
const AS_LOCAL = /LOCAL,(set_field:LOCAL->in_port|load:0xfffe->NXM_OF_IN_PORT\[\]),NORMAL/;

// On such a release itself (scripts/test --ovs) nothing here is pretended.
describe('an agent on an Open vSwitch that dies of NORMAL without an input port', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });
  let proxy: SwitchProxy;

  before(async () => {
    const folder = join(site().host.folder, 'run');
    proxy = await SwitchProxy.listen(join(folder, 'br0.mgmt'), join(site().host.rundir, 'br0.mgmt'));
    proxy.software = '2.15.0';
    proxy.knowsFlowMonitors = false;
    await site().startAgent({ openflow: folder });
    await site().settled();
  });

  after(async () => {
    await site().stopAgent();
    await proxy.close();
  });

  const flows = async (): Promise<string> => (await site().flows()).join('\n');

  it("lets NORMAL take guests' frames as those of the bridge's own port, and isolates as ever", async () => {
    expect(await flows())
      .to.match(AS_LOCAL)
      .and.not.to.match(AS_NOBODY);
    expect(await site().offences()).to.equal('');
    expect(site().alarms).to.equal('');
  });

  it("closes guests whose VLAN the bridge's own port does not carry, and says what helps", async () => {
    await site().host.vsctl('set', 'Port', 'br0', 'tag=7');
    await until('an alarm', () => site().alarms.includes('Open vSwitch 2.15.0 could die of frames'));
    expect(site().alarms).to.contain("the bridge's own port br0").and.to.contain('upgrade Open vSwitch');
    const opened = (text: string): boolean => text.includes('goto_table:60');
    await until('the guests to be closed', async () => !opened(await flows()));
    expect(await flows()).not.to.match(AS_NOBODY);
    expect(await site().leaks()).to.equal('');
    await site().host.vsctl('remove', 'Port', 'br0', 'tag', '7');
    await until('the guests to be open', async () => opened(await flows()));
    await until('the alarm to end', () => site().alarms === '');
    expect(await site().offences()).to.equal('');
  });

  it('trusts no release that it cannot read with frames without an input port', async () => {
    proxy.software = 'unknown';
    proxy.drop();
    await until('the connection to be back', () => site().agent.agent.status().bridges[0]?.openflow === 'up');
    await site().settled();
    expect(await flows())
      .to.match(AS_LOCAL)
      .and.not.to.match(AS_NOBODY);
  });

  it('needs none of it once ovs-vswitchd is of another release', async function () {
    const release = releaseAtHand();
    if (!normalNeedsNoInPort(release))
      skip(this, `Open vSwitch ${release.join('.')} dies of what another release takes`);
    proxy.software = '2.15.4';
    proxy.drop();
    await until('other flows', async () => AS_NOBODY.test(await flows()));
    await site().settled();
    expect(await flows()).not.to.match(AS_LOCAL);
    expect(await site().offences()).to.equal('');
  });
});
