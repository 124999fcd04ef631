import { expect } from 'chai';
import { NotUnderstoodError } from '../../../src/verify/errors.ts';
import { readTrace, restsOn } from '../../../src/verify/trace-text.ts';
import { traceSteps } from '../../../src/verify/trace-steps.ts';
import { DROPPED, FLOODED, LEARNED, TRACKED } from './texts.ts';

describe('the conclusion of an ofproto/trace', () => {
  it('is its datapath actions and the fields they rest on', () => {
    expect(readTrace(FLOODED).actions).to.equal('push_vlan(vid=2102,pcp=0),1,2,pop_vlan,7,push_vlan(vid=2102,pcp=0),9');
    expect(restsOn(readTrace(FLOODED), 'dl_dst')).to.equal(true);
    expect(readTrace(DROPPED).actions).to.equal('drop');
    expect(restsOn(readTrace(DROPPED), 'dl_dst')).to.equal(false);
  });

  it('holds where ovs-vswitchd handles the frame itself', () => {
    const slow = '\nThis flow is handled by the userspace slow path because it:\n  - Consists of LACP packets.';
    expect(readTrace(DROPPED.trimEnd() + slow).actions).to.equal('drop');
  });

  const refused: readonly (readonly [string, string])[] = [
    ['goes on after connection tracking', TRACKED],
    ['ends in a failed translation', `${DROPPED}Translation failed (Recursion too deep), packet is dropped.\n`],
    ['says its conclusion twice', DROPPED + DROPPED],
    ['has no conclusion', FLOODED.split('Datapath')[0] ?? ''],
    ['lacks the megaflow', FLOODED.replace(/^Megaflow: .*\n/m, '')],
    ['is empty', ''],
    ['ends in something new', `${DROPPED}Hardware: offloaded\n`],
    ['is refused words', 'br9: unknown bridge\n'],
  ];
  for (const [what, text] of refused) {
    it(`is not drawn from a trace that ${what}`, () => {
      expect(() => readTrace(text)).to.throw(NotUnderstoodError);
    });
  }
});

describe('the steps of an ofproto/trace', () => {
  it('are the flows it met, with bridge, table, cookie and what followed', () => {
    expect(traceSteps(FLOODED).map(({ own, ...step }) => ({ ...step, effects: own }))).to.deep.equal([
      {
        bridge: 'br0',
        table: 0,
        flow: 'in_port=2,vlan_tci=0x0000/0x0fff,dl_src=02:00:00:00:00:01, priority 220',
        cookie: 0x7076000200000002n,
        visited: false,
        effects: ['set_field:0x836->reg0', 'goto_table:60'],
      },
      {
        bridge: 'br0',
        table: 60,
        flow: 'reg0=0x836, priority 100',
        cookie: 0x7076000100000836n,
        visited: false,
        effects: [
          'set_field:0x1836/0x1fff->vlan_tci',
          'set_field:ANY->in_port',
          'NORMAL',
          '-> no learned MAC for destination, flooding',
        ],
      },
      {
        bridge: 'br1',
        table: 0,
        flow: 'priority 0',
        cookie: 0n,
        visited: false,
        effects: ['NORMAL', '-> no learned MAC for destination, flooding'],
      },
    ]);
  });

  it('are told apart by bridge where one is entered by a patch port and left again', () => {
    const steps = traceSteps(LEARNED);
    expect(steps.map(({ bridge, table }) => `${bridge} ${table}`)).to.deep.equal([
      ...['br0 0', 'br0 66', 'br0 71', 'br1 0', 'br1 62', 'br1 64'],
    ]);
    expect(steps[2]?.effects.slice(2)).to.deep.equal([
      ...['NORMAL', '-> no learned MAC for destination, flooding', 'set_field:02:00:00:00:00:01->eth_dst'],
      ...['set_field:0->vlan_tci', 'output:3', 'output:4'],
    ]);
  });

  it('are none for text that is no trace', () => {
    expect(traceSteps('')).to.deep.equal([]);
    expect(traceSteps('999999. what\nis this\n')).to.deep.equal([]);
  });
});
