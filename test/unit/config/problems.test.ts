import { expect } from 'chai';
import { Sandbox } from './sandbox.ts';

const TOP = 'ovsdb, ssl, openflow, libvirt, bridges, control, unresolved, pvlans, portgroups, tables, log';
const VLAN =
  'not a VLAN id; allowed: 1 to 4094: IEEE 802.1Q gives id 0 to priority tags and reserves 4095, with which this agent parks ports';

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
      "1:40: portgroups.web.role is 'solitary'; allowed are isolated, community, promiscuous",
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
      '---\n# nothing but a comment\n',
      '\uFEFFlog: { level: warn }\n',
      'log: {}\r\ntables: {}\r\n',
    ];
    for (const content of fine) expect(sandbox.problems(content), content).to.deep.equal([]);
  });
});
