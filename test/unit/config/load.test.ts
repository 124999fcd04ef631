import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../../src/config/error.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { NO_GUARDS } from '../../../src/pvlan/policy.ts';
import { SINGLE } from '../../../src/pvlan/wire-mode.ts';
import { complaints, Sandbox } from './sandbox.ts';

describe('the configuration', () => {
  const sandbox = new Sandbox();
  after(() => {
    sandbox.remove();
  });

  it('is complete with nothing configured at all', () => {
    const { origins, ...config } = sandbox.loadFrom({});
    expect(config).to.deep.equal({
      ovsdb: ['unix:/run/openvswitch/db.sock'],
      ssl: undefined,
      openflow: '/run/openvswitch',
      libvirt: { stateDir: '/run/libvirt', configDir: '/etc/libvirt', virshUri: undefined },
      bridges: undefined,
      control: '/run/pvlan-agent/control.sock',
      unresolved: 'quarantine',
      outside: new Map(),
      pvlans: [],
      portgroups: new Map(),
      txOffload: new Set(),
      fleet: undefined,
      guests: new Map(),
      tables: { first: 60, lowestPriority: 145 },
      metrics: { listen: undefined, endpoints: false },
      log: { level: 'info', format: 'auto' },
    });
    expect([...origins.values()].every((origin) => origin.startsWith('default'))).to.be.true;
  });

  it('takes every key from the file', () => {
    const plain = { wire: SINGLE, guards: NO_GUARDS };
    const { origins, ...config } = sandbox.load(`
ovsdb: [unix:/a/db.sock, 'ssl:[2001:db8::1]:6640', ssl:db.example]
ssl: { ca: /tls/ca.pem, certificate: /tls/cert.pem, privateKey: /tls/key.pem }
openflow: /b
libvirt: { stateDir: /c, configDir: /d, virshUri: 'qemu:///system?socket=/e/sock-ro' }
bridges: [br0, br1]
control: /e/control.sock
unresolved: open
outside: { br0: quarantine, br1: open }
pvlans:
  - primary: 2102
    promiscuousMacs: [52:54:00:AA:bb:cc, '00:00:5e:00:01:01']
  - primary: 1
    isolated: 11
    communities: { web.1: 12, db: 13 }
    guards: { dhcpServer: true }
  - { primary: 2, communities: { web: 21 }, guards: { routerAdvertisement: true, otherProtocols: false, linkLocal: eui64 } }
portgroups:
  isolated-2102: { txOffload: off }
  community-2102-a: { txOffload: on }
  web2: { primary: 2, role: community, community: web, txOffload: false }
  dmz: { primary: 2102, role: isolated }
  web: { primary: 2102, role: community, community: web.1 }
  router: { primary: 4094, role: promiscuous }
  Isolated-2: { role: none, txOffload: off }
guests:
  52:54:00:AA:bb:01: { addresses: [10.0.0.5, 10.1.0.0/24, '2001:DB8:0:0::5', '2001:db8:1::/48'], extraMacs: ['00:00:5e:00:01:0A'] }
  52:54:00:aa:bb:02: { extraMacs: [52:54:00:aa:bb:03], nested: true }
tables: { first: 100, lowestPriority: 40000 }
log: { level: debug, format: json }
`);
    expect(config).to.deep.equal({
      ovsdb: ['unix:/a/db.sock', 'ssl:[2001:db8::1]:6640', 'ssl:db.example'],
      ssl: { ca: '/tls/ca.pem', certificate: '/tls/cert.pem', privateKey: '/tls/key.pem' },
      openflow: '/b',
      libvirt: { stateDir: '/c', configDir: '/d', virshUri: 'qemu:///system?socket=/e/sock-ro' },
      bridges: ['br0', 'br1'],
      control: '/e/control.sock',
      unresolved: 'open',
      outside: new Map([
        ['br0', 'quarantine'],
        ['br1', 'open'],
      ]),
      pvlans: [
        { primary: 2102, promiscuousMacs: ['52:54:00:aa:bb:cc', '00:00:5e:00:01:01'], ...plain },
        {
          primary: 1,
          promiscuousMacs: [],
          wire: {
            kind: 'secondary',
            isolated: 11,
            communities: new Map([
              ['web.1', 12],
              ['db', 13],
            ]),
          },
          guards: { ...NO_GUARDS, dhcpServer: true },
        },
        {
          primary: 2,
          promiscuousMacs: [],
          wire: { kind: 'secondary', isolated: undefined, communities: new Map([['web', 21]]) },
          guards: { dhcpServer: false, routerAdvertisement: true, otherProtocols: false, linkLocal: 'eui64' },
        },
      ],
      portgroups: new Map<string, unknown>([
        ['web2', { kind: 'community', primary: 2, community: 'web' }],
        ['dmz', { kind: 'isolated', primary: 2102 }],
        ['web', { kind: 'community', primary: 2102, community: 'web.1' }],
        ['router', { kind: 'promiscuous', primary: 4094 }],
        ['Isolated-2', 'none'],
      ]),
      txOffload: new Set(['isolated-2102', 'web2', 'Isolated-2']),
      fleet: undefined,
      guests: new Map<string, unknown>([
        [
          '52:54:00:aa:bb:01',
          {
            addresses: [
              { family: 4, address: '10.0.0.5', length: 32 },
              { family: 4, address: '10.1.0.0', length: 24 },
              { family: 6, address: '2001:db8::5', length: 128 },
              { family: 6, address: '2001:db8:1::', length: 48 },
            ],
            extraMacs: ['00:00:5e:00:01:0a'],
          },
        ],
        ['52:54:00:aa:bb:02', { addresses: undefined, extraMacs: ['52:54:00:aa:bb:03'], nested: true }],
      ]),
      tables: { first: 100, lowestPriority: 40000 },
      metrics: { listen: undefined, endpoints: false },
      log: { level: 'debug', format: 'json' },
    });
    expect(origins.get('tables.first')).to.equal(`${sandbox.file}:29:11`);
  });

  it('lets a flag win over a variable, a variable over the file, and the file over the default', () => {
    writeFileSync(sandbox.file, 'log: { level: warn, format: json }\ntables: { first: 10 }\nopenflow: /file\n');
    const config = loadConfig({
      file: sandbox.file,
      env: { PVLAN_AGENT_LOG_LEVEL: 'error', PVLAN_AGENT_TABLES_FIRST: '20', PVLAN_AGENT_CONTROL: '' },
      flags: { tablesFirst: '30', quiet: true },
    });
    expect(config.log).to.deep.equal({ level: 'error', format: 'json' });
    expect(config.tables.first).to.equal(30);
    expect(config.openflow).to.equal('/file');
    expect(config.control).to.equal('/run/pvlan-agent/control.sock');
    expect(config.origins.get('tables.first')).to.equal('flag --tables-first');
    expect(config.origins.get('log.level')).to.equal('environment PVLAN_AGENT_LOG_LEVEL');
  });

  it('splits lists in flags and variables at commas, and adds up a repeated flag', () => {
    const config = sandbox.loadFrom({
      env: { PVLAN_AGENT_OVSDB: 'tcp:127.0.0.1:6640, unix:/x/db.sock' },
      flags: { bridges: ['br0', 'br1,br2'] },
    });
    expect(config.ovsdb).to.deep.equal(['tcp:127.0.0.1:6640', 'unix:/x/db.sock']);
    expect(config.bridges).to.deep.equal(['br0', 'br1', 'br2']);
  });

  it('looks for OpenFlow sockets beside the first unix: remote', () => {
    expect(sandbox.loadFrom({ flags: { ovsdb: 'tcp:127.0.0.1,unix:/x/y/db.sock' } }).openflow).to.equal('/x/y');
    expect(sandbox.loadFrom({ flags: { ovsdb: 'tcp:127.0.0.1' } }).openflow).to.equal('/run/openvswitch');
  });

  it('switches libvirt off by the word none, from any source', () => {
    expect(sandbox.load('libvirt: none\n').libvirt).to.equal('none');
    expect(sandbox.loadFrom({ env: { PVLAN_AGENT_LIBVIRT: 'none' } }).libvirt).to.equal('none');
    const folder = { libvirtStateDir: '/s' };
    expect(sandbox.loadFrom({ env: { PVLAN_AGENT_LIBVIRT: 'none' }, flags: folder }).libvirt).to.deep.equal({
      stateDir: '/s',
      configDir: '/etc/libvirt',
      virshUri: undefined,
    });
  });

  it('reads the default file when it is there, and the file that --config or PVLAN_AGENT_CONFIG names', () => {
    writeFileSync(sandbox.file, 'tables: { first: 7 }\n');
    const first = (sources: Parameters<typeof loadConfig>[0]): number => loadConfig(sources).tables.first;
    expect(first({ env: {}, flags: {}, defaultFile: sandbox.file })).to.equal(7);
    expect(first({ env: {}, flags: { config: sandbox.file } })).to.equal(7);
    expect(first({ env: { PVLAN_AGENT_CONFIG: sandbox.file }, flags: {} })).to.equal(7);
  });

  it('says what to do about a named file that is missing or a folder', () => {
    const missing = join(sandbox.folder, 'missing.yaml');
    const lines = complaints(() => loadConfig({ file: missing, env: {}, flags: {} }));
    expect(lines).to.deep.equal([
      `${missing}: no such file; create it, name another with --config, or give no --config to run on defaults`,
    ]);
    expect(complaints(() => loadConfig({ file: sandbox.folder, env: {}, flags: {} }))[0]).to.contain('is a folder');
  });

  it('names the flag or variable that holds a wrong value', () => {
    const sources = { env: { PVLAN_AGENT_TABLES_FIRST: '0x10' }, flags: { logLevel: 'loud', ovsdb: 'tcp:h:70000' } };
    expect(complaints(() => sandbox.loadFrom(sources))).to.deep.equal([
      "--log-level: log.level is 'loud'; allowed are trace, debug, info, warn, error, fatal, silent",
      "PVLAN_AGENT_TABLES_FIRST: tables.first is '0x10', not a table number; allowed: first of the consecutive OpenFlow " +
        'tables the agent uses after table 0: 1 to 240, so that all of them lie below 254, which Open vSwitch keeps for itself',
    ]);
    expect(complaints(() => sandbox.loadFrom({ flags: { ovsdb: 'tcp:h:70000' } }))).to.deep.equal([
      "--ovsdb: 'tcp:h:70000' names port 70000; allowed: 1 to 65535",
    ]);
  });

  it('fails with one error of code CONFIG that holds every problem apart', () => {
    try {
      sandbox.load('log: { level: loud }\ntables: { first: 0 }\n');
      expect.fail('it loaded');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      expect(error.code).to.equal('CONFIG');
      expect(error.problems.map(({ line, column }) => [line, column])).to.deep.equal([
        [1, 15],
        [2, 18],
      ]);
    }
  });
});
