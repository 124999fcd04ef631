import { expect } from 'chai';
import type { DesiredBridge } from '../../../src/desire/desired-bridge.ts';
import { proveHost } from '../../../src/verify/prove-host.ts';
import { judge } from '../../../src/pvlan/judge.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { guestPort, inPortgroup, NO_POLICY, plainPort } from '../../support/ports.ts';
import { situationOf } from '../../support/proved.ts';

describe('a proof about one port', () => {
  it('is none where there were more findings than are kept', () => {
    const ports = [
      plainPort(1),
      ...Array.from({ length: 40 }, (_, index) => guestPort(index + 2, inPortgroup('isolated-2102'))),
    ];
    const { model } = situationOf(ports, PVLAN_2102);
    // Everybody reaches everybody, and no flow stands in the way.
    const open = {
      ...model,
      bridges: model.bridges.map((bridge) => ({
        ...bridge,
        ports: bridge.ports.map((port) => ({
          ...port,
          vlan: { ...port.vlan, vlanMode: undefined, trunks: [], protected: false },
        })),
      })),
    };
    const verdicts = judge(new Map([['br0', ports]]), { ...NO_POLICY, pvlans: [PVLAN_2102] }).bridges.get('br0') ?? [];
    const judged = verdicts.map((verdict) => ({ port: { ...verdict.port, bridge: 'br0' }, verdict }));
    const desired = {
      bridge: 'br0',
      ports: judged,
      primaries: [{ ...PVLAN_2102, localMacs: [] }],
    } as unknown as DesiredBridge;
    const last = proveHost(open, [desired], undefined, { from: 'vnet41', to: undefined, parkingOnly: false });
    expect(last.verdict).not.to.equal('PROVED');
    const first = proveHost(open, [desired], undefined, { from: 'vnet2', to: undefined, parkingOnly: false });
    expect(first.verdict).to.equal('LEAK');
  });
});
