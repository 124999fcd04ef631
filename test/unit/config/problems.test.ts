import { expect } from 'chai';
import { Sandbox } from './sandbox.ts';

const TOP =
  'ovsdb, ssl, openflow, libvirt, bridges, control, unresolved, outside, pvlans, portgroups, guests, fleet, tables, log, metrics';
const VLAN =
  'not a VLAN id; allowed: 1 to 4094: IEEE 802.1Q gives id 0 to priority tags and reserves 4095, with which this agent parks ports';
const ADDRESS = 'allowed: the unicast address of a station or a network of such, like 10.0.0.5 or 2001:db8::/64';
const IP =
  'not an IP address; allowed: an IPv4 or IPv6 address or a network with its prefix length, such as 10.0.0.5, 10.1.0.0/24 or ' +
  "'2001:db8::5', in quotes where YAML would read it as something else";

describe('a mistake in the configuration file', () => {
  const sandbox = new Sandbox();
  after(() => {
    sandbox.remove();
  });

  const mistakes: [title: string, content: string, ...problems: string[]][] = [
    [
      'an unknown key suggests the nearest',
      'log: {}\nbrigdes: [br0]\n',
      `2:1: unknown key 'brigdes'; did you mean 'bridges'? Allowed here: ${TOP}`,
    ],
    [
      'an unknown key that resembles none lists what is allowed',
      'log: { verbosity: 3 }',
      "1:8: unknown key 'verbosity'; allowed here: level, format",
    ],
    [
      'an unknown key with a terminal escape is shown escaped',
      '"\\e[2Jx": 1',
      `1:1: unknown key '\\x1B[2Jx'; allowed here: ${TOP}`,
    ],
    [
      'a duplicate key',
      'tables: {}\nlog: {}\ntables: {}\n',
      "3:1: duplicate key 'tables'; it may appear once, and is already on line 1",
    ],
    [
      'a duplicate key deep in a list',
      'pvlans:\n  - primary: 1\n    primary: 2\n',
      "3:5: duplicate key 'primary'; it may appear once, and is already on line 2",
    ],
    [
      'an empty value',
      'log:\n  level:\n',
      '2:9: log.level is empty; allowed are trace, debug, info, warn, error, fatal, silent',
    ],
    ['a missing key', 'pvlans:\n  - promiscuousMacs: []\n', "2:5: pvlans[0] has no 'primary'; it is required here"],
    ['VLAN 0', 'pvlans: [{ primary: 0 }]', `1:21: pvlans[0].primary is 0, ${VLAN}`],
    ['VLAN 4095', 'pvlans: [{ primary: 4095 }]', `1:21: pvlans[0].primary is 4095, ${VLAN}`],
    ['a VLAN in quotes', "pvlans: [{ primary: '7' }]", `1:21: pvlans[0].primary is '7', ${VLAN}`],
    ['a VLAN with a fraction', 'pvlans: [{ primary: 7.5 }]', `1:21: pvlans[0].primary is 7.5, ${VLAN}`],
    [
      'the same primary twice',
      'pvlans:\n  - primary: 7\n  - primary: 8\n  - primary: 7\n',
      '4:14: primary 7 is already on line 2; give each PVLAN one entry with all of its promiscuousMacs',
    ],
    [
      'a MAC address that is none',
      'pvlans: [{ primary: 7, promiscuousMacs: [52-54-00-00-00-01] }]',
      "1:42: pvlans[0].promiscuousMacs[0] is '52-54-00-00-00-01', not a MAC address; allowed: six pairs of hexadecimal " +
        'digits with colons between them, such as 52:54:00:aa:bb:cc',
    ],
    [
      'MAC addresses that no station has',
      'pvlans:\n  - primary: 7\n    promiscuousMacs:\n      - 33:33:00:00:00:01\n      - 00:00:00:00:00:00\n      - FF:FF:FF:FF:FF:FF\n',
      '4:9: 33:33:00:00:00:01 is a group address (its first octet is odd); allowed: the unicast address of one station',
      '5:9: 00:00:00:00:00:00 is the all-zero address; allowed: the unicast address of one station',
      '6:9: FF:FF:FF:FF:FF:FF is the broadcast address; allowed: the unicast address of one station',
    ],
    [
      'a repeated MAC address, whatever its letter case',
      'pvlans:\n  - primary: 7\n    promiscuousMacs:\n      - 52:54:00:00:00:0a\n      - 52:54:00:00:00:0A\n',
      '5:9: 52:54:00:00:00:0A is already on line 4; name each address once per PVLAN',
    ],
    [
      'a community that is not named',
      'portgroups:\n  web: { primary: 7, role: community }\n',
      "2:8: portgroups.web has no 'community'; it is required here",
    ],
    [
      'a community on another role',
      'portgroups:\n  web: { primary: 7, role: isolated, community: x }\n',
      '2:38: portgroups.web.community does not go with this role; only role community has a community',
    ],
    [
      'a community name with a space',
      'portgroups:\n  web: { primary: 7, role: community, community: a b }\n',
      "2:50: portgroups.web.community is 'a b', not a community name; allowed: letters, digits, dots, dashes and " +
        'underscores, the first of them a letter or digit',
    ],
    [
      'an unknown role',
      'portgroups: { web: { primary: 7, role: solitary } }',
      "1:40: portgroups.web.role is 'solitary'; allowed are isolated, community, promiscuous, none",
    ],
    [
      'a portgroup mapped against the role in its name',
      'portgroups:\n  isolated-7: { primary: 7, role: promiscuous }\n',
      "2:3: portgroup 'isolated-7' reads as isolated-7 but is mapped to promisc-7; remove this entry, or rename the " +
        'portgroup to something outside of the convention',
    ],
    [
      'a portgroup mapped against the VLAN and community in its name',
      'portgroups:\n  promiscuous-7: { primary: 8, role: promiscuous }\n  community-7-a: { primary: 7, role: community, community: b }\n',
      "2:3: portgroup 'promiscuous-7' reads as promisc-7 but is mapped to promisc-8; remove this entry, or rename the " +
        'portgroup to something outside of the convention',
      "3:3: portgroup 'community-7-a' reads as community-7-a but is mapped to community-7-b; remove this entry, or rename " +
        'the portgroup to something outside of the convention',
    ],
    [
      'a portgroup that follows the convention kept outside',
      'portgroups:\n  isolated-7: { role: none }\n',
      "2:3: portgroup 'isolated-7' reads as isolated-7 but is mapped to none; remove this entry, or rename the " +
        'portgroup to something outside of the convention',
    ],
    [
      'a portgroup outside in a VLAN',
      'portgroups:\n  Isolated-7: { role: none, primary: 7 }\n',
      '2:29: portgroups.Isolated-7.primary does not go with this role; role none has no primary',
    ],
    [
      'a portgroup whose name almost follows the convention, with no role',
      'portgroups:\n  isolatd_7: { txOffload: off }\n',
      "2:3: portgroup 'isolatd_7' almost follows the convention and then does not: likely 'isolated-7' is meant; correct " +
        'the name, give primary and role, or say role: none',
    ],
    [
      'a portgroup outside of the convention with no role',
      'portgroups:\n  dmz: { txOffload: off }\n',
      "2:3: portgroup 'dmz' has no role; give primary and role, or role: none, as its name does not follow the convention isolated-<P>, " +
        'community-<P>-<name>, promisc-<P> or promiscuous-<P>',
    ],
    [
      'a portgroup whose name begins like the convention, with no role',
      'portgroups:\n  isolated-21O2: { txOffload: off }\n',
      "2:3: portgroup 'isolated-21O2' names no VLAN id from 1 to 4094 after 'isolated-'; correct the name, give primary and role, or say role: none",
    ],
    [
      'half a role',
      'portgroups:\n  dmz: { primary: 7 }\n  isolated-7: { role: isolated }\n',
      "2:8: portgroups.dmz has no 'role'; it is required here",
      "3:15: portgroups.isolated-7 has no 'primary'; it is required here",
    ],
    [
      'an offload that is neither on nor off',
      'portgroups: { isolated-7: { txOffload: none } }',
      "1:40: portgroups.isolated-7.txOffload is 'none'; allowed are on, off, true, false",
    ],
    [
      'a secondary VLAN out of range',
      'pvlans: [{ primary: 7, isolated: 4095 }]',
      `1:34: pvlans[0].isolated is 4095, ${VLAN}`,
    ],
    [
      'a community VLAN out of range',
      'pvlans: [{ primary: 7, communities: { web: 0 } }]',
      `1:44: pvlans[0].communities.web is 0, ${VLAN}`,
    ],
    [
      'a community with a space in its name',
      'pvlans: [{ primary: 7, communities: { a b: 9 } }]',
      "1:39: pvlans[0].communities has the key 'a b', not a community name; allowed: letters, digits, dots, dashes and " +
        'underscores, the first of them a letter or digit',
    ],
    [
      'no community at all',
      'pvlans: [{ primary: 7, communities: {} }]',
      '1:37: pvlans[0].communities is an empty map, not a map from community names to VLAN ids; allowed: secondary VLAN of ' +
        'each community, by its name. With an isolated or community VLAN the PVLAN is in secondary wire mode, and every kind of ' +
        'guest in it needs a VLAN',
    ],
    [
      'a secondary VLAN that is its own primary',
      'pvlans:\n  - primary: 7\n    isolated: 7\n    communities: { web: 7 }\n',
      '3:15: VLAN 7 is the primary VLAN of this PVLAN; a secondary VLAN is another one',
      '4:25: VLAN 7 is the primary VLAN of this PVLAN; a secondary VLAN is another one',
    ],
    [
      'a secondary VLAN that is the primary of a later PVLAN',
      'pvlans:\n  - primary: 7\n    isolated: 8\n  - primary: 8\n',
      '3:15: VLAN 8 is a primary VLAN on line 4; give the secondary VLAN another id',
    ],
    [
      'a secondary VLAN used twice, within a PVLAN or across two',
      'pvlans:\n  - primary: 7\n    isolated: 70\n    communities: { web: 70, db: 71 }\n  - primary: 8\n    isolated: 71\n',
      '4:25: VLAN 70 is already a secondary VLAN of 7 on line 3; give each its own',
      '6:15: VLAN 71 is already a secondary VLAN of 7 on line 4; give each its own',
    ],
    [
      'a guard that is neither true nor false',
      'pvlans: [{ primary: 7, guards: { dhcpServer: drop } }]',
      "1:46: pvlans[0].guards.dhcpServer is 'drop', not true or false; allowed: drop from guests what a DHCP server would send: UDP from ports 67 and 547 or to ports 68 and 546, and every fragment of UDP, which hides its ports",
    ],
    [
      'a portgroup in a secondary VLAN, by mapping or by name',
      'pvlans: [{ primary: 7, isolated: 70 }]\nportgroups:\n  dmz: { primary: 70, role: isolated }\n  promisc-70: { txOffload: off }\n',
      "3:3: portgroup 'dmz' is isolated-70, but VLAN 70 is a secondary VLAN of 7; name the primary VLAN",
      "4:3: portgroup 'promisc-70' is promisc-70, but VLAN 70 is a secondary VLAN of 7; name the primary VLAN",
    ],
    [
      'a portgroup of a kind that has no VLAN in secondary wire mode',
      'pvlans:\n  - primary: 7\n    isolated: 70\n  - primary: 8\n    communities: { web: 80 }\nportgroups:\n' +
        '  dmz: { primary: 7, role: community, community: web }\n  isolated-8: { txOffload: off }\n',
      "7:3: portgroup 'dmz' is community-7-web, but PVLAN 7 has secondary VLANs and none for community 'web'; give its entry " +
        'under pvlans a VLAN for communities.web',
      "8:3: portgroup 'isolated-8' is isolated-8, but PVLAN 8 has secondary VLANs and none for isolated guests; give its entry " +
        'under pvlans a VLAN for isolated',
    ],
    [
      'facts of a guest that is no station',
      'guests:\n  01:00:5e:00:00:01: { extraMacs: [] }\n  dmz: { extraMacs: [] }\n',
      "3:3: guests has the key 'dmz', not a MAC address; allowed: six pairs of hexadecimal digits with colons between them, " +
        'such as 52:54:00:aa:bb:cc',
    ],
    [
      'facts of a group address',
      'guests:\n  01:00:5e:00:00:01: { extraMacs: [] }\n',
      '2:3: 01:00:5e:00:00:01 is a group address (its first octet is odd); allowed: the unicast address of one station',
    ],
    [
      'a guest twice, whatever its letter case',
      'guests:\n  52:54:00:00:00:0a: { extraMacs: [] }\n  52:54:00:00:00:0A: { extraMacs: [] }\n',
      '3:3: guest 52:54:00:00:00:0A is already on line 2; give each NIC one entry',
    ],
    [
      'a guest without facts',
      'guests: { 52:54:00:00:00:0a: {} }',
      '1:30: guests.52:54:00:00:00:0a is an empty map, not a map of facts; allowed: a map with addresses, extraMacs, nested or several of them',
    ],
    [
      'a further address that is the own one, or repeated',
      "guests:\n  52:54:00:00:00:0a:\n    extraMacs: [52:54:00:00:00:0A, '02:00:00:00:00:01', '02:00:00:00:00:01']\n",
      '3:57: 02:00:00:00:00:01 is already on line 3; name each address once per guest',
      "3:17: 52:54:00:00:00:0A is the NIC's own address; list further ones only",
    ],
    [
      'a network with host bits',
      'guests: { 52:54:00:00:00:0a: { addresses: [10.1.0.7/24, 2001:DB8::1/64] } }',
      "1:44: '10.1.0.7/24' has bits set beyond its prefix length: the network is 10.1.0.0/24; " + ADDRESS,
      "1:57: '2001:DB8::1/64' has bits set beyond its prefix length: the network is 2001:db8::/64; " + ADDRESS,
    ],
    [
      'IP addresses that no station has',
      "guests:\n  52:54:00:00:00:0a:\n    addresses:\n      - 224.0.0.5\n      - 0.0.0.0/0\n      - '::ffff:10.0.0.1'\n      - 'ff02::1'\n",
      "4:9: '224.0.0.5' is one of multicast addresses; " + ADDRESS,
      "5:9: '0.0.0.0/0' contains the unspecified address; " + ADDRESS,
      "6:9: '::ffff:10.0.0.1' is one of IPv4-mapped addresses, which never travel: write the IPv4 address; " + ADDRESS,
      "7:9: 'ff02::1' is one of multicast addresses; " + ADDRESS,
    ],
    [
      'an IP address twice, however it is written',
      "guests: { 52:54:00:00:00:0a: { addresses: ['2001:db8::5', '2001:DB8:0::5/128'] } }",
      "1:59: '2001:DB8:0::5/128' repeats 2001:db8::5; name each address once per guest",
    ],
    [
      'an IP address that YAML reads as a number, a map or nothing',
      'guests:\n  52:54:00:00:00:0a:\n    addresses:\n      - 10.1\n      - 2001:db8::\n      - 0x0a000005\n      -\n',
      `4:9: guests.52:54:00:00:00:0a.addresses[0] is 10.1, ${IP}`,
      `5:9: guests.52:54:00:00:00:0a.addresses[1] is a map, ${IP}`,
      `6:9: guests.52:54:00:00:00:0a.addresses[2] is 167772165, ${IP}`,
      `7:8: guests.52:54:00:00:00:0a.addresses[3] is empty, ${IP}`,
    ],
    [
      'what YAML 1.1 would take for a number in base 60',
      'guests: { 52:54:00:00:00:0a: { addresses: [190:20:30] } }',
      "1:44: '190:20:30' is no IPv4 or IPv6 address, with or without a prefix length; " + ADDRESS,
    ],
    [
      'no address at all',
      'guests: { 52:54:00:00:00:0a: { addresses: [] } }',
      '1:43: guests.52:54:00:00:00:0a.addresses is an empty list, not a list of IP addresses; allowed: every IP address and ' +
        'network that the guest may use as a source, one at least. Default: not known, and not checked',
    ],
    [
      'a remote of an unknown kind',
      'ovsdb:\n  - unix:/a\n  - pssl:6640\n',
      "3:5: ovsdb[1] is 'pssl:6640', not an OVSDB remote; allowed: unix:<absolute path>, tcp:<host>:<port> or " +
        'ssl:<host>:<port>, IPv6 addresses in brackets, port 6640 when omitted',
    ],
    ['a remote twice', 'ovsdb: [unix:/a, unix:/a]', '1:18: ovsdb[1] repeats an earlier entry; each may appear once'],
    ['a remote with port 0', 'ovsdb: tcp:h:0', "1:8: 'tcp:h:0' names port 0; allowed: 1 to 65535"],
    [
      'an ssl: remote without its files',
      'ovsdb: ssl:h:1\nssl: { ca: /ca.pem }\n',
      "1:8: 'ssl:h:1' needs ssl.certificate, ssl.privateKey; give the PEM files under the key ssl",
    ],
    [
      'a tcp: remote beside an ssl: one',
      'ovsdb: [ssl:h:1, tcp:h:2]\nssl: { ca: /ca.pem, certificate: /c.pem, privateKey: /k.pem }\n',
      "1:18: 'tcp:h:2' is not encrypted, and would be used whenever 'ssl:h:1' fails; give one kind only",
    ],
    [
      'a socket path longer than the kernel takes',
      `control: /${'x'.repeat(107)}`,
      '1:10: the socket path has 108 bytes; allowed: at most 107, so mount or link its folder elsewhere',
    ],
    [
      'a table out of range',
      'tables: { first: 241 }',
      '1:18: tables.first is 241, not a table number; allowed: first of the consecutive OpenFlow tables the agent uses after ' +
        'table 0: 1 to 240, so that all of them lie below 254, which Open vSwitch keeps for itself',
    ],
    [
      'a relative path',
      'control: run/x',
      "1:10: control is 'run/x', not an absolute path; allowed: a path that begins with a slash",
    ],
  ];
  for (const [title, content, ...problems] of mistakes) {
    it(`is reported with its place, what is wrong and what is allowed: ${title}`, () => {
      expect(sandbox.problems(content)).to.deep.equal(problems);
    });
  }

  it('is reported together with all others, in reading order', () => {
    const lines = sandbox.problems('tables: { first: 0 }\nlog: { level: x }\nbrigdes: []\n');
    expect(lines.map((line) => line.split(':')[0])).to.deep.equal(['1', '2', '3']);
  });

  it('is reported for the first twenty, and the others are counted', () => {
    const lines = sandbox.problems(`bridges: [${Array.from({ length: 30 }, () => '1').join(', ')}]`);
    expect(lines).to.have.lengthOf(21);
    expect(lines[20]).to.match(/^and \d+ more problems$/);
  });

  it('is not what these are', () => {
    const fine = [
      'pvlans: [{ primary: 7, promiscuousMacs: [52:54:00:00:00:01] }, { primary: 8, promiscuousMacs: [52:54:00:00:00:01] }]',
      'portgroups: { isolated-7: { primary: 7, role: isolated }, isolated-dmz: { primary: 7, role: isolated } }',
      'pvlans: [{ primary: 7, promiscuousMacs: &router [52:54:00:00:00:01] }, { primary: 8, promiscuousMacs: *router }]',
      'pvlans: [{ primary: 7, isolated: 70 }, { primary: 8, communities: { web: 80 } }]\nportgroups: { promisc-7: { txOffload: on }, isolated-9: {} }',
      'guests: { 52:54:00:00:00:0a: { addresses: [10.0.0.0/24, 10.0.0.5] }, 52:54:00:00:00:0b: { addresses: [10.0.0.5] } }',
      '---\n# nothing but a comment\n',
      '\uFEFFlog: { level: warn }\n',
      'log: {}\r\ntables: {}\r\n',
    ];
    for (const content of fine) expect(sandbox.problems(content), content).to.deep.equal([]);
  });
});
