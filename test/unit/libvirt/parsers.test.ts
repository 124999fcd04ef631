import { expect } from 'chai';
import { parseDomainStatus } from '../../../src/libvirt/domain-status.ts';
import { parseDomain } from '../../../src/libvirt/domain.ts';
import { XmlRefused } from '../../../src/libvirt/errors.ts';
import { parseNetworkPort } from '../../../src/libvirt/network-port.ts';
import { defaultPortgroup, parseNetwork } from '../../../src/libvirt/network.ts';
import { fixture, interfaceIdOf, portFileOf, portIdOf, STATUS, VM } from './moments.ts';

const ISOLATED = '52:54:00:00:00:01';
const PLAIN = '52:54:00:00:00:02';
const BRIDGE = '52:54:00:00:00:04';
const PARKED = '52:54:00:00:00:05';

describe('a network port file of libvirt 9.0', () => {
  it('says whose NIC is in which portgroup of which network', () => {
    const path = portFileOf('9.0/running', ISOLATED);
    expect(parseNetworkPort(fixture('9.0/running', path), `/run/libvirt/${path}`)).to.deep.equal({
      attachment: 'network',
      portId: portIdOf(path),
      interfaceId: interfaceIdOf('9.0/running', ISOLATED),
      vmId: VM,
      ownerName: 'web1',
      mac: ISOLATED,
      portgroup: 'isolated-2102',
      network: 'ovs',
      bridge: 'br0',
      isPlugged: true,
      profileId: undefined,
    });
  });

  it('says so when the portgroup brings a profile', () => {
    const path = portFileOf('9.0/running', PARKED);
    const port = parseNetworkPort(fixture('9.0/running', path), path);
    expect(port.portgroup).to.equal('parked-2102');
    expect(port.profileId).to.equal('isolated-2102');
  });

  it('has no portgroup where the domain names none', () => {
    const path = portFileOf('9.0/running', PLAIN);
    expect(parseNetworkPort(fixture('9.0/running', path), path).portgroup).to.equal(undefined);
  });
});

describe('a domain status file of libvirt 9.0', () => {
  const states: [string, string, string][] = [
    ['9.0/running', 'running', 'booted'],
    ['9.0/migrating-source', 'paused', 'migration'],
    ['9.0/migrating-destination', 'paused', 'migration'],
    ['9.0/migrated', 'running', 'migrated'],
  ];
  for (const [moment, state, reason] of states) {
    it(`says in ${moment} that the domain is ${state} (${reason})`, () => {
      const status = parseDomainStatus(fixture(moment, STATUS), STATUS);
      expect(status.state).to.deep.equal({ uuid: VM, name: 'web1', state, reason });
    });
  }

  it('names network, portgroup, port and bridge of a NIC on a network', () => {
    const { domain, mayLackPortgroups } = parseDomainStatus(fixture('9.0/running', STATUS), STATUS);
    expect(mayLackPortgroups).to.equal(false);
    expect(domain.nics.find(({ mac }) => mac === ISOLATED)).to.deep.equal({
      attachment: 'network',
      interfaceId: interfaceIdOf('9.0/running', ISOLATED),
      vmId: VM,
      mac: ISOLATED,
      portgroup: 'isolated-2102',
      network: 'ovs',
      bridge: 'br0',
      portId: portIdOf(portFileOf('9.0/running', ISOLATED)),
      device: 'vnet0',
      isPlugged: true,
      profileId: undefined,
    });
  });

  it('knows a NIC that is on no network', () => {
    const { domain } = parseDomainStatus(fixture('9.0/running', STATUS), STATUS);
    const nic = domain.nics.find(({ mac }) => mac === BRIDGE);
    expect(nic?.attachment).to.equal('direct');
    expect(nic?.bridge).to.equal('br0');
  });

  it('keeps the metadata with its namespace', () => {
    const [metadata] = parseDomainStatus(fixture('9.0/running', STATUS), STATUS).domain.metadata;
    expect(metadata?.namespace).to.equal('https://example.org/addresses/1');
    expect(metadata?.element.child('a:address')?.attribute('ip')).to.equal('192.0.2.10');
  });
});

describe('the live XML of the API', () => {
  it('says bridge, and still names network and portgroup', () => {
    const { nics } = parseDomain(fixture('9.0/virsh/dumpxml.xml'), 'virsh');
    expect(fixture('9.0/virsh/dumpxml.xml').includes(`<interface type='network'>`)).to.equal(false);
    const nic = nics.find(({ mac }) => mac === ISOLATED);
    expect(nic?.attachment).to.equal('network');
    expect(nic?.portgroup).to.equal('isolated-2102');
  });
});

describe('a network file of libvirt 9.0', () => {
  it('is understood live and as a definition', () => {
    const live = parseNetwork(fixture('9.0/running/state/network/ovs.xml'), 'live');
    const defined = parseNetwork(fixture('9.0/running/config/qemu/networks/ovs.xml'), 'defined');
    expect(live).to.deep.equal(defined);
    expect(live.name).to.equal('ovs');
    expect(live.bridge).to.equal('br0');
    expect(live.portgroups.map(({ name }) => name)).to.deep.equal([
      'isolated-2102',
      'community-2102-web',
      'promisc-2102',
      'parked-2102',
    ]);
  });

  it('tells which portgroups are born parked', () => {
    const { portgroups } = parseNetwork(fixture('9.0/running/state/network/ovs.xml'), 'live');
    expect(portgroups.find(({ name }) => name === 'parked-2102')).to.deep.equal({
      name: 'parked-2102',
      isDefault: false,
      vlan: { trunk: true, tags: [4095] },
      profileId: 'isolated-2102',
    });
    expect(portgroups.find(({ name }) => name === 'isolated-2102')?.vlan).to.equal(undefined);
  });

  it('tells the default portgroup, if there is one', () => {
    const withDefault = parseNetwork(fixture('9.0/running/state/network/ovsdef.xml'), 'live');
    expect(defaultPortgroup(withDefault)?.name).to.equal('isolated-2102');
    expect(defaultPortgroup(parseNetwork(fixture('9.0/running/state/network/ovs.xml'), 'live'))).to.equal(undefined);
  });

  it('takes two tags for a trunk', () => {
    const vlan = `<vlan><tag id='5'/><tag id='6'/><tag id='9999'/><tag/></vlan>`;
    const text = `<network><name>n</name><portgroup name='p'>${vlan}</portgroup><portgroup/></network>`;
    const { portgroups } = parseNetwork(Buffer.from(text), 'f');
    expect(portgroups).to.have.length(1);
    expect(portgroups[0]?.vlan).to.deep.equal({ trunk: true, tags: [5, 6] });
  });
});

describe('a well-formed file of the wrong kind', () => {
  const cases: [string, () => unknown, string][] = [
    ['a domain for a port', () => parseNetworkPort(fixture('9.0/running/config/qemu/web1.xml'), 'f'), 'wrong-root'],
    ['a port without uuid', () => parseNetworkPort(Buffer.from('<networkport/>'), 'f'), 'wrong-content'],
    ['a status without domain', () => parseDomainStatus(Buffer.from('<domstatus/>'), 'f'), 'wrong-content'],
    ['a domain without uuid', () => parseDomain(Buffer.from('<domain><name>x</name></domain>'), 'f'), 'wrong-content'],
    ['a network without name', () => parseNetwork(Buffer.from('<networkstatus/>'), 'f'), 'wrong-content'],
  ];
  for (const [what, parse, code] of cases) {
    it(`is refused: ${what}`, () => {
      expect(parse).to.throw(XmlRefused).with.property('code', code);
    });
  }
});

describe('what a guest owner may write into a domain', () => {
  it('makes no NIC: only interfaces among the devices count', () => {
    const fake = `<interface type='network'><mac address='52:54:00:00:00:09'/><source network='ovs' portgroup='promisc-2102'/></interface>`;
    const text = `<domain><name>x</name><uuid>${VM}</uuid><description><![CDATA[${fake}]]></description>
      <metadata xmlns='urn:m'><x>${fake}</x>${fake}</metadata><!-- <devices>${fake}</devices> --><devices/></domain>`;
    const domain = parseDomain(Buffer.from(text), 'f');
    expect(domain.nics).to.deep.equal([]);
    expect(domain.metadata.map(({ namespace }) => namespace)).to.deep.equal(['urn:m', 'urn:m']);
  });
});
