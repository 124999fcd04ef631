import { expect } from 'chai';
import {
  accessVlan,
  carriesAll,
  carriesTagged,
  carriesUntagged,
  isParked,
  parked,
  sameVlanSetting,
  type VlanSetting,
} from '../../../src/pvlan/vlan-setting.ts';
import { macAddress } from '../../../src/pvlan/mac.ts';
import { PLAIN } from '../../support/ports.ts';

const setting = (some: Partial<VlanSetting>): VlanSetting => ({ ...PLAIN, ...some });

describe('the VLAN setting of a port', () => {
  it('means a trunk of everything when it is empty', () => {
    expect(carriesAll(PLAIN)).to.equal(true);
    expect(carriesTagged(PLAIN, 2102)).to.equal(true);
    expect(carriesUntagged(PLAIN, 2102)).to.equal(false);
  });

  it('means an access port when it is a tag alone', () => {
    const access = setting({ tag: 2102 });
    expect(accessVlan(access)).to.equal(2102);
    expect(carriesTagged(access, 2102)).to.equal(false);
    expect(carriesUntagged(access, 2102)).to.equal(true);
  });

  it('names its VLANs as a trunk', () => {
    const trunk = setting({ trunks: [10, 20] });
    expect(carriesAll(trunk)).to.equal(false);
    expect([10, 20, 30].map((vid) => carriesTagged(trunk, vid))).to.deep.equal([true, true, false]);
  });

  it('has a native VLAN that goes untagged, and tagged too in native-tagged mode', () => {
    const native = setting({ vlanMode: 'native-untagged', tag: 5, trunks: [6] });
    expect(carriesUntagged(native, 5)).to.equal(true);
    expect(carriesTagged(native, 5)).to.equal(false);
    expect(carriesTagged({ ...native, vlanMode: 'native-tagged' }, 5)).to.equal(true);
  });

  it('is parked by a trunk of VLAN 4095 alone, whoever wrote it', () => {
    expect(isParked(setting({ trunks: [4095] }))).to.equal(true);
    expect(isParked(setting({ trunks: [4095], tag: 1 }))).to.equal(false);
    expect(isParked(setting({ trunks: [4095, 1] }))).to.equal(false);
    expect(isParked(parked(setting({ tag: 7, trunks: [8] }), true))).to.equal(true);
  });

  it('is compared without regard to the order of its trunks', () => {
    expect(sameVlanSetting(setting({ trunks: [1, 2] }), setting({ trunks: [2, 1] }))).to.equal(true);
    expect(sameVlanSetting(setting({ trunks: [1, 2] }), setting({ trunks: [1, 3] }))).to.equal(false);
  });
});

describe('a station address', () => {
  it('is read in any usual spelling', () => {
    expect(macAddress(' 52-54-00-AA-BB-0C ')).to.equal('52:54:00:aa:bb:0c');
  });

  it('is neither a group nor all zero nor anything else', () => {
    for (const text of [
      '01:00:00:00:00:01',
      '00:00:00:00:00:00',
      '52:54:00:aa:bb',
      '52:54:00:aa:bb:cc:dd',
      'zz:54:00:aa:bb:cc',
    ]) {
      expect(macAddress(text), text).to.equal(undefined);
    }
  });
});
