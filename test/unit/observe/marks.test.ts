import { expect } from 'chai';
import { markedRole, marksOf, standingMarks } from '../../../src/observe/marks.ts';
import type { Verdict } from '../../../src/pvlan/verdict.ts';
import { guestPort, inPortgroup } from '../../support/ports.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

describe('the marks of a port', () => {
  const { primary } = PVLAN_2102;
  const verdict: Verdict = {
    kind: 'promiscuous',
    port: guestPort(1, inPortgroup('promisc-2102')),
    ofport: 1,
    role: { kind: 'promiscuous', primary },
    primaries: [primary],
    mac: undefined,
    untagged: true,
    tagged: false,
    getsUntagged: true,
  };
  const rowOf = (nic: string): ReadonlyMap<string, string> => new Map([...marksOf(verdict), ['iface-id', nic]]);

  it('tell the role of the NIC that they were written for', () => {
    expect(markedRole(rowOf('nic-1'))).to.equal('promisc-2102');
  });

  it('tell nothing of another NIC that got the row', () => {
    expect(markedRole(rowOf('nic-2'))).to.equal(undefined);
  });

  describe('that is closed for now', () => {
    const port = guestPort(1, inPortgroup('promisc-2102'));
    const closed: Verdict = {
      kind: 'quarantined',
      port,
      quarantine: { code: 'unresolved', message: '', remedy: undefined, alarm: false },
    };

    it('go on telling the role that it had, and not that its flows are in', () => {
      const standing = standingMarks(closed, rowOf('nic-1'));
      expect(markedRole(new Map([...standing, ['iface-id', 'nic-1']]))).to.equal('promisc-2102');
      expect(standing.has('pvlan-installed')).to.equal(false);
    });

    it('tell no role of another NIC, but that the row was its', () => {
      expect([...standingMarks(closed, rowOf('nic-2'))]).to.deep.equal([['pvlan-nic', 'nic-1']]);
    });

    it('are none where there were none', () => {
      expect(standingMarks(closed, new Map([['iface-id', 'nic-1']])).size).to.equal(0);
    });
  });
});
