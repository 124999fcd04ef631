import { expect } from 'chai';
import { markedRole, marksOf } from '../../../src/agent/marks.ts';
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
  };
  const rowOf = (nic: string): ReadonlyMap<string, string> => new Map([...marksOf(verdict), ['iface-id', nic]]);

  it('tell the role of the NIC that they were written for', () => {
    expect(markedRole(rowOf('nic-1'))).to.equal('promisc-2102');
  });

  it('tell nothing of another NIC that got the row', () => {
    expect(markedRole(rowOf('nic-2'))).to.equal(undefined);
  });
});
