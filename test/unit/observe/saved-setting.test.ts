import { expect } from 'chai';
import fc from 'fast-check';
import { decodeSetting, encodeSetting, keeps } from '../../../src/observe/saved-setting.ts';
import { PLAIN } from '../../support/ports.ts';

const vid = fc.integer({ min: 0, max: 4095 });
const setting = fc.record({
  vlanMode: fc.constantFrom(undefined, 'access', 'trunk', 'native-tagged', 'native-untagged', 'dot1q-tunnel'),
  tag: fc.option(vid, { nil: undefined }),
  trunks: fc.uniqueArray(vid, { maxLength: 8 }),
  protected: fc.boolean(),
});

describe('a saved VLAN setting', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(setting, (one) => {
        expect(decodeSetting(encodeSetting(one))).to.deep.equal(one);
      }),
    );
  });

  it('is refused when somebody made something else of it', () => {
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"tag":4096}',
      '{"tag":"1"}',
      '{"trunks":1}',
      '{"trunks":[-1]}',
      '{"vlan_mode":"x"}',
    ]) {
      expect(decodeSetting(text), text).to.equal(undefined);
    }
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(keeps(text, PLAIN)).to.be.a('boolean');
      }),
    );
  });
});
