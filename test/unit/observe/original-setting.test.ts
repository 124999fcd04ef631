import { expect } from 'chai';
import { originalSetting, type OriginalSetting } from '../../../src/observe/original-setting.ts';
import { encodeSetting, SAVED_KEY } from '../../../src/observe/saved-setting.ts';
import { parked, type VlanSetting } from '../../../src/pvlan/vlan-setting.ts';
import type { PortRow } from '../../../src/vswitch/rows.generated.ts';
import { PLAIN } from '../../support/ports.ts';
import { portRow } from '../../support/rows.ts';

const ACCESS_10: VlanSetting = { ...PLAIN, tag: 10 };
/** As libvirt writes the VLAN of a portgroup. */
const ACCESS_100: VlanSetting = { ...PLAIN, tag: 100 };

/** What is known of one port from look to look. */
class Watched {
  #before: { row: PortRow; original: OriginalSetting } | undefined;

  look(setting: VlanSetting, saved?: VlanSetting | string): OriginalSetting {
    const text = typeof saved === 'object' ? encodeSetting(saved) : saved;
    const row = portRow(1, setting, text === undefined ? {} : { [SAVED_KEY]: text });
    const original = originalSetting(row, this.#before);
    this.#before = { row, original };
    return original;
  }

  vlan(setting: VlanSetting, saved?: VlanSetting | string): VlanSetting {
    return this.look(setting, saved).vlan;
  }
}

describe('what a port was before the agent parked it', () => {
  it('is what it is, where the agent has changed nothing', () => {
    expect(new Watched().look(ACCESS_10)).to.deep.include({ vlan: ACCESS_10, isReplaced: false });
  });

  it('is what the row keeps', () => {
    const port = new Watched();
    expect(port.vlan(parked(ACCESS_10, true), ACCESS_10)).to.deep.equal(ACCESS_10);
    expect(port.vlan(ACCESS_10, ACCESS_10)).to.deep.equal(ACCESS_10);
  });

  it('is remembered when somebody erases what the row keeps', () => {
    const port = new Watched();
    port.look(parked(ACCESS_10, true), ACCESS_10);
    expect(port.look(parked(ACCESS_10, true))).to.deep.include({ vlan: ACCESS_10, isReplaced: true });
    expect(port.look(parked(ACCESS_10, false))).to.deep.include({ vlan: ACCESS_10, isReplaced: true });
  });

  it('is not remembered once the port is no more parked and its row keeps nothing', () => {
    const port = new Watched();
    port.look(parked(ACCESS_10, true), ACCESS_10);
    expect(port.look(ACCESS_100)).to.deep.include({ vlan: ACCESS_100, isReplaced: false });
    expect(port.look(parked(PLAIN, true))).to.deep.include({ vlan: parked(PLAIN, true), isReplaced: false });
  });

  it('is owed no more once a port that was born parked is as it was', () => {
    const port = new Watched();
    port.look(parked(PLAIN, true), parked(PLAIN, false));
    expect(port.look(parked(PLAIN, false))).to.deep.include({ vlan: parked(PLAIN, false), isReplaced: false });
  });

  it('is not known where the row keeps what nobody can read', () => {
    const port = new Watched();
    expect(port.look(parked(PLAIN, true), 'spoiled')).to.include({ isReplaced: true, isLost: true });
    expect(port.look(parked(PLAIN, true))).to.include({ isReplaced: false });
  });

  describe('when others give the parked port another VLAN', () => {
    it('is that VLAN, however often they write', () => {
      const port = new Watched();
      port.look(parked(PLAIN, true), PLAIN);
      expect(port.look(ACCESS_10, PLAIN)).to.deep.include({ vlan: ACCESS_10, isRewritten: true });
      expect(port.look(ACCESS_100, PLAIN)).to.deep.include({ vlan: ACCESS_100, isRewritten: true });
      expect(port.vlan(parked(ACCESS_100, true), ACCESS_100)).to.deep.equal(ACCESS_100);
    });

    it('is no VLAN, where they take it away', () => {
      const port = new Watched();
      port.look(parked(ACCESS_10, true), ACCESS_10);
      expect(port.vlan({ ...PLAIN, protected: true }, ACCESS_10)).to.deep.equal(PLAIN);
    });

    it('keeps what they did not change', () => {
      const port = new Watched();
      port.look(parked(ACCESS_10, true), ACCESS_10);
      expect(port.vlan({ ...parked(ACCESS_10, true), trunks: [] }, ACCESS_10)).to.deep.equal(ACCESS_10);
      expect(port.vlan({ ...parked(ACCESS_10, false), vlanMode: 'access' }, ACCESS_10)).to.deep.equal({
        ...ACCESS_10,
        vlanMode: 'access',
      });
    });
  });

  it("is not what the agent itself made of it: a plain port's access VLAN", () => {
    const port = new Watched();
    port.look(parked(PLAIN, true), PLAIN);
    expect(port.vlan({ ...PLAIN, vlanMode: 'access', tag: 2102 }, PLAIN)).to.deep.equal(PLAIN);
  });

  it('is what the row keeps at the first look, whatever the port is now', () => {
    expect(new Watched().vlan(ACCESS_100, ACCESS_10)).to.deep.equal(ACCESS_10);
  });
});
