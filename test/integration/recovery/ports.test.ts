import { expect } from 'chai';
import { until } from '../../lab/until.ts';
import { useSite } from './site.ts';

describe('a port whose number changes', function () {
  this.timeout(60_000);
  const site = useSite();

  it('keeps its isolation under the new number, and leaves no flow of the old one', async () => {
    const g1 = site().guest(1);
    const old = await g1.ofport();
    await site().host.vsctl('set', 'Interface', 'g1', 'ofport_request=77');
    await until('the new number', async () => (await g1.ofport()) === 77);
    await until('the flows to follow', async () => {
      const flows = (await site().flows()).join('\n');
      return !new RegExp(`in_port=${old}\\b`).test(flows) && /in_port=77\b/.test(flows);
    });
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('passes its number on to another guest, who gets none of its frames and flows', async () => {
    const g1 = site().guest(1);
    await site().unplug(g1);
    const heir = await site().plug(7);
    await site().host.vsctl('set', 'Interface', 'g7', 'ofport_request=77');
    await until('the number to be taken', async () => (await heir.ofport()) === 77);
    await until('the flows to speak of the new guest alone', async () => {
      const flows = (await site().flows()).join('\n');
      return !flows.includes(g1.mac) && flows.includes(heir.mac);
    });
    await site().settled();
    expect(await site().offences()).to.equal('');
  });

  it('passes its number on to a port outside every Private VLAN, which keeps all its traffic', async () => {
    const last = site().guest(7);
    await site().unplug(last);
    const outsider = await site().host.plug({ name: 'plain', mac: '02:00:00:00:01:99', tag: 100, ifaceId: false });
    await site().host.vsctl('set', 'Interface', 'plain', 'ofport_request=77');
    await until('the number to be taken', async () => (await outsider.ofport()) === 77);
    await until('the old flows to be gone', async () =>
      (await site().flows()).every(
        (flow) => !/in_port=77\b.*actions=(drop|goto_table|load)/.test(flow) && !flow.includes(last.mac),
      ),
    );
    expect(await site().host.vsctl('get', 'Port', 'plain', 'trunks', 'protected')).to.equal('[]\nfalse');
    await outsider.unplug();
  });
});

describe('a port that ovs-vswitchd cannot add', function () {
  this.timeout(60_000);
  const site = useSite();

  it('is reported as not to be had, never as installed, and disturbs no other', async () => {
    const ids =
      'external_ids:port-profile=isolated-2102 external_ids:attached-mac=02:00:00:00:01:aa external_ids:iface-id=bad';
    const columns = ['type=vxlan', ...ids.split(' ')];
    await site().host.vsctl(
      '--no-wait',
      'add-port',
      'br0',
      'bad',
      'trunks=4095',
      '--',
      'set',
      'Interface',
      'bad',
      ...columns,
    );
    await until(
      'ovs-vswitchd to give up',
      async () => (await site().host.vsctl('get', 'Interface', 'bad', 'ofport')) === '-1',
    );
    await site().agent.reached('quarantined', 'bad');
    expect(site().alarms).to.match(/port bad is quarantined: ovs-vswitchd could not add it/);
    await site().settled();
    expect(await site().host.vsctl('get', 'Interface', 'bad', 'external_ids')).not.to.include('pvlan-installed');
    expect(await site().offences()).to.equal('');
  });

  it('is installed once the cause is gone', async () => {
    await site().host.vsctl('set', 'Interface', 'bad', 'type=dummy');
    await site().agent.reached('installed', 'bad');
    await site().host.vsctl('del-port', 'bad');
    expect(await site().offences()).to.equal('');
  });
});
