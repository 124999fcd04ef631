import { expect } from 'chai';
import schema from '../../../schemas/config.schema.json' with { type: 'json' };
import { nearest } from '../../../src/base/nearest.ts';
import { settings } from '../../../src/config/setting.ts';

const FILE_ONLY = [
  'fleet.remotes',
  'fleet.members',
  'fleet.host',
  'fleet.cache',
  'fleet.ssl',
  'metrics.endpoints',
  'outside',
  'pvlans',
  'portgroups',
  'guests',
];

describe('the table of settings', () => {
  it('derives flag, attribute and variable from the key alone', () => {
    const setting = settings.find(({ key }) => key === 'ssl.privateKey');
    expect(setting).to.include({
      flag: '--ssl-private-key',
      usage: '--ssl-private-key <file>',
      attribute: 'sslPrivateKey',
      env: 'PVLAN_AGENT_SSL_PRIVATE_KEY',
      kind: 'text',
    });
  });

  it('has every key of the schema but those that only a file can say', () => {
    const leaves = Object.entries(schema.properties).flatMap(([name, value]) =>
      'properties' in value ? Object.keys(value.properties).map((inner) => `${name}.${inner}`) : [name],
    );
    const known = settings.map(({ key }): string => key).filter((key) => key !== 'libvirt');
    expect([...known, ...FILE_ONLY]).to.have.members(leaves);
  });

  it('takes description and default from the schema', () => {
    const level = settings.find(({ key }) => key === 'log.level');
    expect(level?.description).to.equal(schema.properties.log.properties.level.description);
    expect(level?.default).to.equal('info');
  });

  it('gives no two settings the same flag, attribute or variable', () => {
    for (const column of ['key', 'flag', 'attribute', 'env'] as const) {
      expect(new Set(settings.map((setting) => setting[column])).size).to.equal(settings.length);
    }
  });
});

describe('the schema', () => {
  it('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (node: object, path: string): void => {
      for (const [name, value] of Object.entries(node)) {
        const at = `${path}/${name}`;
        if (typeof value !== 'object' || value === null) continue;
        if (/\/(properties|\$defs)\/[^/]+$/.test(at) && !/\/(if|else)\//.test(at) && !('description' in value))
          undescribed.push(at);
        visit(value as object, at);
      }
    };
    visit(schema, '');
    expect(undescribed).to.deep.equal([]);
  });
});

describe('the nearest known name', () => {
  it('is found through typing errors and letter case, and not for a word of its own', () => {
    const known = ['bridges', 'control', 'log'];
    expect(nearest('bridge', known)).to.equal('bridges');
    expect(nearest('brigdes', known)).to.equal('bridges');
    expect(nearest('CONTROL', known)).to.equal('control');
    expect(nearest('metrics', known)).to.be.undefined;
    expect(nearest('x'.repeat(1000), known)).to.be.undefined;
  });
});
