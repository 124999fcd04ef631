import { expect } from 'chai';
import { desiredBridges, type JudgedPort } from '../../../src/desire/desired-bridge.ts';
import { guestSources } from '../../../src/observe/guest-sources.ts';
import { awaited, isInForce, SettingsInForce, type Awaited } from '../../../src/bridge/rows/settings-in-force.ts';
import { survey } from '../../../src/observe/survey.ts';
import { parked, type VlanSetting } from '../../../src/pvlan/vlan-setting.ts';
import { NO_POLICY, PLAIN } from '../../support/ports.ts';
import { bridgeRow, interfaceRow, portRow, uuid } from '../../support/rows.ts';

const BORN_PARKED: VlanSetting = parked(PLAIN, false);
const PARKED: VlanSetting = parked(PLAIN, true);

interface Look {
  readonly setting: VlanSetting;
  readonly ofport?: number;
  readonly bridge?: number;
  readonly marked?: boolean;
  /** Whose marks they are; default: the NIC's own. */
  readonly nic?: string;
}

/** One isolated guest's port, looked at again and again. */
class Watched {
  readonly settings = new SettingsInForce();

  look({ setting, ofport, bridge = 1, marked = false, nic = 'nic' }: Look): JudgedPort {
    const ids = {
      'iface-id': 'nic',
      'attached-mac': '02:00:00:00:00:01',
      'port-profile': 'isolated-2102',
      ...(marked
        ? { 'pvlan-installed': 'true', 'pvlan-nic': nic, 'pvlan-role': 'isolated', 'pvlan-primary': '2102' }
        : {}),
    };
    const port = portRow(1, setting);
    const tables = {
      bridges: new Map([[uuid(1, bridge), bridgeRow(bridge, [port._uuid])]]),
      ports: new Map([[port._uuid, port]]),
      interfaces: new Map([[uuid(3, 1), interfaceRow(1, ofport, ids)]]),
    };
    const found = survey(tables, () => true, guestSources(NO_POLICY, undefined));
    this.settings.observe(found);
    const judged = desiredBridges(found, NO_POLICY).get(`br${bridge}`)?.ports[0];
    if (judged === undefined) throw new Error('there is no port');
    return judged;
  }

  isSettled(look: Look): boolean {
    return this.isInForce(this.look(look));
  }

  awaits(look: Look): boolean {
    return this.awaited(this.look(look)).length > 0;
  }

  confirm(judged: JudgedPort): void {
    this.settings.confirm(this.awaited(judged));
  }

  isInForce(judged: JudgedPort): boolean {
    return isInForce(this.settings.seen.get(judged.port.row._uuid), judged);
  }

  awaited(judged: JudgedPort): readonly Awaited[] {
    return [awaited(judged, this.settings.seen.get(judged.port.row._uuid)) ?? []].flat();
  }
}

describe("whether a guest's parking is in force", () => {
  let watched: Watched;

  beforeEach(() => {
    watched = new Watched();
  });

  it('is told by the number that a port born parked gets, and nobody is asked', () => {
    expect(watched.awaits({ setting: BORN_PARKED })).to.equal(false);
    expect(watched.isSettled({ setting: BORN_PARKED })).to.equal(false);
    expect(watched.isSettled({ setting: BORN_PARKED, ofport: 7 })).to.equal(true);
  });

  it('is told by the number, too, when the agent completes the parking before it comes', () => {
    watched.look({ setting: BORN_PARKED });
    expect(watched.awaits({ setting: PARKED })).to.equal(false);
    expect(watched.isSettled({ setting: PARKED, ofport: 7 })).to.equal(true);
  });

  it('is told by the number when parking and number come together', () => {
    watched.look({ setting: BORN_PARKED });
    expect(watched.isSettled({ setting: PARKED, ofport: 7 })).to.equal(true);
  });

  it('is not told by the number of a port that was born open', () => {
    watched.look({ setting: PLAIN });
    expect(watched.isSettled({ setting: PARKED })).to.equal(false);
    expect(watched.awaits({ setting: PARKED })).to.equal(true);
    expect(watched.isSettled({ setting: PARKED, ofport: 7 })).to.equal(false);
    watched.confirm(watched.look({ setting: PARKED, ofport: 7 }));
    expect(watched.isSettled({ setting: PARKED, ofport: 7 })).to.equal(true);
  });

  it('is not told by the number of a port that was opened and parked again before it came', () => {
    watched.look({ setting: BORN_PARKED });
    watched.look({ setting: PLAIN });
    expect(watched.isSettled({ setting: PARKED, ofport: 7 })).to.equal(false);
  });

  it('is not known of a port that had its number when it was first seen, but for its mark', () => {
    expect(watched.isSettled({ setting: PARKED, ofport: 7 })).to.equal(false);
    expect(new Watched().isSettled({ setting: PARKED, ofport: 7, marked: true })).to.equal(true);
    expect(new Watched().isSettled({ setting: PLAIN, ofport: 7, marked: true })).to.equal(false);
    expect(new Watched().isSettled({ setting: PARKED, ofport: 7, marked: true, nic: 'its predecessor' })).to.equal(
      false,
    );
  });

  it('ends when somebody opens the port, and has to be confirmed anew', () => {
    watched.look({ setting: BORN_PARKED });
    expect(watched.isSettled({ setting: PARKED, ofport: 7 })).to.equal(true);
    expect(watched.isSettled({ setting: PLAIN, ofport: 7 })).to.equal(false);
    expect(watched.isSettled({ setting: PARKED, ofport: 7 })).to.equal(false);
    expect(watched.awaits({ setting: PARKED, ofport: 7 })).to.equal(true);
  });

  it('is not confirmed by an answer to a question from before a change', () => {
    const asked = watched.awaited(watched.look({ setting: PARKED, ofport: 7 }));
    watched.look({ setting: PLAIN, ofport: 7 });
    const judged = watched.look({ setting: PARKED, ofport: 7 });
    watched.settings.confirm(asked);
    expect(watched.isInForce(judged)).to.equal(false);
  });

  it('is not known on another bridge, whatever the number says', () => {
    watched.look({ setting: BORN_PARKED });
    expect(watched.isSettled({ setting: BORN_PARKED, ofport: 7, bridge: 2 })).to.equal(false);
    expect(watched.isSettled({ setting: BORN_PARKED, ofport: 8, bridge: 2 })).to.equal(false);
  });

  it('is forgotten while the agent does not look', () => {
    watched.look({ setting: BORN_PARKED });
    const judged = watched.look({ setting: PARKED, ofport: 7 });
    watched.settings.forget();
    expect(watched.isInForce(judged)).to.equal(false);
  });
});
