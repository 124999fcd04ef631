import fc from 'fast-check';
import { expect } from 'chai';
import { formatConfig } from '../../../src/config/format.ts';
import { ipPrefix } from '../../../src/pvlan/ip-prefix.ts';
import { Sandbox } from './sandbox.ts';
import { runs } from '../../support/runs.ts';

describe('the effective configuration, printed', () => {
  const sandbox = new Sandbox();
  after(() => {
    sandbox.remove();
  });

  it('says where each value came from', () => {
    const text = formatConfig(sandbox.loadFrom({ env: { PVLAN_AGENT_LOG_LEVEL: 'warn' }, flags: { bridges: 'br0' } }));
    expect(text.split('\n')).to.include.members([
      '  level: warn # environment PVLAN_AGENT_LOG_LEVEL',
      '  # flag --bridges',
      '  format: auto # default',
      'openflow: /run/openvswitch # default: the folder of the unix: remote',
    ]);
  });

  it('names file, line and column', () => {
    const config = sandbox.load('\nlibvirt: none\n');
    expect(formatConfig(config)).to.contain(`libvirt: none # ${sandbox.file}:2:1\n`);
  });

  it('reads back to the same configuration', () => {
    const mac = fc
      .array(fc.integer({ min: 0, max: 255 }), { minLength: 5, maxLength: 5 })
      .map((rest) => ['52', ...rest.map((octet) => octet.toString(16).padStart(2, '0'))].join(':'));
    const name = fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,20}$/);
    const primary = fc.integer({ min: 1, max: 1000 });
    const txOffload = fc.constantFrom('on', 'off', true, false);
    // Primaries that no PVLAN below gives secondary VLANs, so that every role fits.
    const plain = fc.integer({ min: 3001, max: 4094 });
    const role = fc.oneof(
      fc.record({ role: fc.constant('none'), txOffload }, { requiredKeys: ['role'] }),
      fc.record(
        { primary: plain, role: fc.constantFrom('isolated', 'promiscuous'), txOffload },
        { requiredKeys: ['primary', 'role'] },
      ),
      fc.record(
        { primary: plain, role: fc.constant('community'), community: name, txOffload },
        { requiredKeys: ['primary', 'role', 'community'] },
      ),
    );
    const wire = fc.record(
      { isolated: fc.constant(0), communities: fc.dictionary(name, fc.constant(0), { minKeys: 1, maxKeys: 3 }) },
      { requiredKeys: [] },
    );
    const guards = fc.record(
      {
        dhcpServer: fc.boolean(),
        routerAdvertisement: fc.boolean(),
        otherProtocols: fc.boolean(),
        linkLocal: fc.constantFrom('any', 'eui64', 'listed'),
      },
      { requiredKeys: [] },
    );
    const pvlan = fc.record({ primary, promiscuousMacs: fc.uniqueArray(mac, { maxLength: 4 }), wire, guards });
    const pvlans = fc.uniqueArray(pvlan, { selector: (entry) => entry.primary, maxLength: 5 }).map((entries) => {
      let next = 1001;
      return entries.map(({ wire: { isolated, communities }, ...rest }) => ({
        ...rest,
        ...(isolated === undefined ? {} : { isolated: next++ }),
        ...(communities === undefined
          ? {}
          : { communities: Object.fromEntries(Object.keys(communities).map((key) => [key, next++])) }),
      }));
    });
    const portgroups = fc
      .tuple(
        // Any name: the prefix keeps it out of the convention, and yaml has to quote the rest.
        fc.dictionary(
          fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((text) => `pg${text}`),
          role,
          { maxKeys: 5 },
        ),
        fc.dictionary(
          plain.map((vid) => `isolated-${vid}`),
          fc.record({ txOffload }),
          { maxKeys: 3 },
        ),
      )
      .map(([mapped, conventional]) => ({ ...mapped, ...conventional }));
    const address = fc.oneof(fc.ipV4(), fc.ipV6()).filter((text) => ipPrefix(text) !== undefined);
    const guests = fc.dictionary(
      mac,
      fc.record(
        {
          addresses: fc.uniqueArray(address, {
            minLength: 1,
            maxLength: 4,
            selector: (text) => ipPrefix(text)?.address,
          }),
          extraMacs: fc.uniqueArray(
            mac.map((text) => `02${text.slice(2)}`),
            { maxLength: 3 },
          ),
        },
        { requiredKeys: ['extraMacs'] },
      ),
      { maxKeys: 4 },
    );
    const file = fc.record(
      {
        pvlans,
        portgroups,
        guests,
        libvirt: fc.constantFrom('none', { stateDir: '/a b: #c' }),
        bridges: fc.uniqueArray(fc.stringMatching(/^[a-z0-9~.-]{1,15}$/), { minLength: 1, maxLength: 4 }),
        tables: fc.record({
          first: fc.integer({ min: 1, max: 240 }),
          lowestPriority: fc.integer({ min: 1, max: 65_000 }),
        }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(file, (value) => {
        const { origins: before, ...config } = sandbox.load(JSON.stringify(value));
        const { origins: after, ...again } = sandbox.load(formatConfig({ ...config, origins: before }));
        expect(again).to.deep.equal(config);
        expect(after).not.to.equal(before);
      }),
      { numRuns: runs(200) },
    );
  });
});
