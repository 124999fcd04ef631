import fc from 'fast-check';
import { expect } from 'chai';
import { formatConfig } from '../../../src/config/format.ts';
import { Sandbox } from './sandbox.ts';

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
    const vlan = fc.integer({ min: 1, max: 4094 });
    const role = fc.oneof(
      fc.record({ primary: vlan, role: fc.constantFrom('isolated', 'promiscuous') }),
      fc.record({
        primary: vlan,
        role: fc.constant('community'),
        community: fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,20}$/),
      }),
    );
    const pvlans = fc.uniqueArray(
      fc.record({ primary: vlan, promiscuousMacs: fc.uniqueArray(mac, { maxLength: 4 }) }),
      { selector: ({ primary }) => primary, maxLength: 5 },
    );
    // Any name: the prefix keeps it out of the convention, and yaml has to quote the rest.
    const portgroups = fc.dictionary(
      fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((name) => `pg${name}`),
      role,
      { maxKeys: 5 },
    );
    const file = fc.record(
      {
        pvlans,
        portgroups,
        libvirt: fc.constantFrom('none', { stateDir: '/a b: #c' }),
        bridges: fc.uniqueArray(fc.stringMatching(/^[a-z0-9~.-]{1,15}$/), { minLength: 1, maxLength: 4 }),
        tables: fc.record({ first: fc.integer({ min: 1, max: 240 }) }),
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
      { numRuns: 200 },
    );
  });
});
