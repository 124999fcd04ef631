import { expect } from 'chai';
import { parseHostNetwork } from '../../../src/libvirt/host-network.ts';
import { checkNetworks, defaultsOf, likeCommunities } from '../../../src/cli/network-check.ts';
import { printNetworkXml } from '../../../src/cli/networks.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import type { Role } from '../../../src/pvlan/role.ts';

const PARKED = "<vlan trunk='yes'><tag id='4095'/></vlan>";
const ON_OVS = "<forward mode='bridge'/><bridge name='br0'/>";

function profile(id: string): string {
  return `<virtualport type='openvswitch'><parameters profileid='${id}'/></virtualport>`;
}

function portgroup(name: string, inside: string, attributes = ''): string {
  return `<portgroup name='${name}'${attributes}>${inside}</portgroup>`;
}

/** What is said of the portgroups of a network with this inside it, by their names. */
function said(inside: string, names: ReadonlyMap<string, Role> = new Map()): ReadonlyMap<string, string> {
  const findings = checkNetworks([parse(`<network><name>n</name>${inside}</network>`)], { portgroups: names });
  return new Map(findings.map((finding) => [finding.portgroup, `${finding.role}: ${finding.problems.join('; ')}`]));
}

function parse(xml: string): ReturnType<typeof parseHostNetwork> {
  return parseHostNetwork(Buffer.from(xml), 'n.xml');
}

function defaultsIn(inside: string): readonly string[] {
  return defaultsOf([parse(`<network><name>n</name>${inside}</network>`)], { portgroups: new Map() });
}

describe("the check of a host's networks", () => {
  it('has nothing to say of the networks that network-xml prints', () => {
    const lines: string[] = [];
    printNetworkXml({ primary: '2102', community: ['web'] }, (text) => lines.push(text));
    for (const xml of [lines.join('\n'), `<networkstatus>${lines.join('\n')}</networkstatus>`]) {
      const findings = checkNetworks([parse(xml)], { portgroups: new Map() });
      expect(findings.map(({ role }) => role)).to.deep.equal(['isolated-2102', 'community-2102-web', 'promisc-2102']);
      expect(findings.flatMap(({ problems }) => problems)).to.deep.equal([]);
    }
  });

  it('tells of names that only speak of Private VLANs, and of communities that differ in letter case alone', () => {
    const names = [
      'isolated-2102',
      'isolated',
      'community_web_2102',
      'lan-2102',
      'isolated2102',
      'isolated-02102',
      'lan',
    ];
    const findings = said(names.map((name) => portgroup(name, '')).join(''));
    expect(findings.get('isolated')).to.contain('outside').and.to.contain('isolated-<primary>');
    expect(findings.get('community_web_2102')).to.contain('closed').and.to.contain('community-2102-web');
    expect(findings.get('lan-2102')).to.contain('no role');
    expect(findings.get('isolated2102')).to.contain('isolated-2102');
    expect(findings.get('isolated-02102')).to.contain('leading zero');
    expect(findings.has('lan')).to.equal(false);
    const two = portgroup('community-2102-web', '') + portgroup('community-2102-Web', '');
    const network = parse(`<network><name>n</name>${two}</network>`);
    expect(likeCommunities([network], { portgroups: new Map() })).to.have.length(1);
  });

  it('has nothing to say of portgroups outside every Private VLAN', () => {
    expect([...said(portgroup('plain', ''))]).to.deep.equal([]);
    expect(defaultsIn(portgroup('plain', ''))).to.deep.equal([]);
  });

  for (const vlan of ['', "<vlan><tag id='2102'/></vlan>", "<vlan><tag id='4095'/></vlan>"]) {
    it(`says that an isolated portgroup with ${vlan === '' ? 'no VLAN' : vlan} is not born parked`, () => {
      const inside = ON_OVS + portgroup('isolated-2102', vlan + profile('isolated-2102'));
      expect(said(inside).get('isolated-2102')).to.match(/^isolated-2102: not born parked: add <vlan trunk='yes'>/);
    });
  }

  it('says that a port parked for more than the reserved VLAN is not', () => {
    const vlan = "<vlan trunk='yes'><tag id='4095'/><tag id='2102'/></vlan>";
    const inside = ON_OVS + portgroup('isolated-2102', vlan + profile('isolated-2102'));
    expect(said(inside).get('isolated-2102')).to.include('not born parked');
  });

  it('says that a portgroup names no profile, or that of another role', () => {
    const ports = "<virtualport type='openvswitch'/>";
    const inside = ON_OVS + ports + portgroup('isolated-2102', PARKED);
    expect(said(inside).get('isolated-2102')).to.match(/^isolated-2102: no profileid: add /);
    const other = ON_OVS + portgroup('isolated-2102', PARKED + profile('promisc-2102'));
    expect(said(other).get('isolated-2102')).to.match(/^isolated-2102: profileid 'promisc-2102' says something else/);
  });

  it('takes a portgroup of any name at the word of its profile or of the configuration', () => {
    const inside = ON_OVS + portgroup('born-parked', PARKED + profile('isolated-2102'));
    expect(said(inside).get('born-parked')).to.equal('isolated-2102: ');
    const primary = vlanId(2102);
    if (primary === undefined) throw new Error('2102 is a VLAN id');
    const names = new Map<string, Role>([['customers', { kind: 'isolated', primary }]]);
    const mapped = ON_OVS + portgroup('customers', PARKED + profile('customers'));
    expect(said(mapped, names).get('customers')).to.equal('isolated-2102: ');
  });

  it('says that libvirt takes the bridge for another kind without an Open vSwitch virtualport', () => {
    const inside = ON_OVS + portgroup('isolated-2102', PARKED);
    expect(said(inside).get('isolated-2102')).to.include(
      'no virtualport: libvirt takes br0 for another kind of bridge',
    );
    const other = "<virtualport type='802.1Qbh'/>";
    expect(said(ON_OVS + other + portgroup('isolated-2102', PARKED)).get('isolated-2102')).to.include(
      "virtualport type '802.1Qbh'",
    );
  });

  for (const where of [
    "<forward mode='nat'/><bridge name='virbr0'/>",
    "<bridge name='virbr0'/>",
    "<forward mode='bridge'><interface dev='eth0'/></forward>",
    "<forward mode='hostdev'/>",
  ]) {
    it(`says that guests behind ${where} are not on Open vSwitch`, () => {
      const inside = where + portgroup('isolated-2102', PARKED + profile('isolated-2102'));
      expect(said(inside).get('isolated-2102')).to.include('not on an Open vSwitch bridge');
    });
  }

  it('says that a router is not born in its Private VLAN', () => {
    const router = (vlan: string): string | undefined =>
      said(ON_OVS + portgroup('promisc-2102', vlan + profile('promisc-2102'))).get('promisc-2102');
    expect(router('')).to.match(/^promisc-2102: no VLAN: .* use <vlan><tag id='2102'\/><\/vlan>/);
    expect(router("<vlan><tag id='7'/></vlan>")).to.include('VLAN 7: the router is not born in the Private VLAN');
    expect(router("<vlan><tag id='2102'/></vlan>")).to.equal('promisc-2102: ');
    expect(router("<vlan trunk='yes'><tag id='7'/><tag id='2102'/></vlan>")).to.equal('promisc-2102: ');
  });

  it('says that a name which begins like the convention means nothing', () => {
    expect(said(ON_OVS + portgroup('isolated-21O2', PARKED)).get('isolated-21O2')).to.include('names no VLAN id');
  });

  it('says what a NIC gets that names no portgroup', () => {
    const isolated = (attributes: string): string => portgroup('isolated-2102', '', attributes);
    const byDefault = " default='yes'";
    expect(defaultsIn(isolated(''))).to.deep.equal([
      'network n: a NIC that names no portgroup gets none, and is outside every Private VLAN',
    ]);
    expect(defaultsIn(isolated(byDefault))).to.deep.equal([
      'network n: a NIC that names no portgroup gets isolated-2102',
    ]);
    expect(defaultsIn(isolated('') + portgroup('plain', '', byDefault))).to.deep.equal([
      'network n: a NIC that names no portgroup gets plain, which is outside every Private VLAN',
    ]);
  });
});
