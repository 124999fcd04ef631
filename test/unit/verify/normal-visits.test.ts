import { expect } from 'chai';
import { NotUnderstoodError } from '../../../src/verify/errors.ts';
import { normalVisits } from '../../../src/verify/normal-visits.ts';
import { traceSteps, type TraceStep } from '../../../src/verify/trace-steps.ts';
import { FLOODED, LEARNED } from './texts.ts';

const SRC = '02:00:00:00:00:02';

function visits(...effects: readonly string[]) {
  const step: TraceStep = {
    bridge: 'br0',
    table: 0,
    flow: 'priority 0',
    cookie: 0n,
    visited: false,
    effects,
    own: effects,
  };
  return normalVisits([step], { vid: 2102, src: SRC });
}

describe('how a traced frame comes to NORMAL', () => {
  it('is told of the bridge it came in by alone', () => {
    expect(normalVisits(traceSteps(LEARNED), { vid: undefined, src: SRC })).to.deep.equal([
      { vid: 0, src: SRC, fromPort: true, outcome: 'unknown' },
    ]);
    expect(normalVisits(traceSteps(FLOODED), { vid: undefined, src: '02:00:00:00:00:01' })).to.deep.equal([
      { vid: 2102, src: '02:00:00:00:00:01', fromPort: false, outcome: 'unknown' },
    ]);
  });

  for (const [line, vid] of [
    ['set_field:0x1837/0x1fff->vlan_tci', 2103],
    ['load:0x1837->NXM_OF_VLAN_TCI[0..12]', 2103],
    ['set_field:6199->vlan_vid', 2103],
    ['mod_vlan_vid:2103', 2103],
    ['-> NXM_OF_VLAN_TCI[] is now 0x1837', 2103],
    ['set_field:0->vlan_tci', 0],
    ['load:0->NXM_OF_VLAN_TCI[]', 0],
    ['pop_vlan', 0],
    ['strip_vlan', 0],
    ['push_vlan:0x8100', 0],
    ['move:NXM_OF_VLAN_TCI[]->NXM_NX_REG5[0..15]', 2102],
    ['set_field:5->vlan_pcp', undefined],
    ['set_field:0x7/0xf->vlan_tci', undefined],
    ['move:NXM_NX_REG5[0..11]->NXM_OF_VLAN_TCI[0..11]', undefined],
  ] as const) {
    it(`knows its VLAN after '${line}'${vid === undefined ? ', or says that it does not' : ''}`, () => {
      const told = () => visits(line, 'NORMAL', '-> forwarding to learned port')[0]?.vid;
      if (vid === undefined) expect(told).to.throw(NotUnderstoodError);
      else expect(told()).to.equal(vid);
    });
  }

  it('says by whose frame NORMAL takes it, and what it makes of it', () => {
    expect(visits('set_field:02:00:00:00:00:09->eth_src', 'NORMAL', '-> forwarding to learned port')).to.deep.equal([
      { vid: 2102, src: '02:00:00:00:00:09', fromPort: true, outcome: 'known' },
    ]);
    expect(visits('load:0xffff->NXM_OF_IN_PORT[]', 'NORMAL', '-> learned port is input port, dropping')).to.deep.equal([
      { vid: 2102, src: SRC, fromPort: false, outcome: 'known' },
    ]);
    const refused = ['NORMAL', '>>>> dropping VLAN 2102 tagged packet received on port r configured as VLAN 7 <<<<'];
    const again = [...refused, '>> disallowed VLAN VID for this input port, dropping', 'NORMAL'];
    expect(visits(...again).map(({ outcome }) => outcome)).to.deep.equal(['refused', 'refused']);
  });
});
