import { expect } from 'chai';
import { flowBody, flowKey } from '../../../src/openflow/flow-key.ts';
import { formatFlow } from '../../../src/openflow/format-flow.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { compiled } from '../../support/compiled.ts';
import { isOurs } from '../../../src/pipeline/cookie.ts';
import { layoutFrom } from '../../../src/pipeline/layout.ts';
import { judge } from '../../../src/pvlan/judge.ts';
import type { SwitchPort } from '../../../src/pvlan/switch-port.ts';
import { vlanId, type VlanId } from '../../../src/pvlan/vlan-id.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { guestPort, inPortgroup, NO_POLICY, plainPort } from '../../support/ports.ts';

const policy = { ...NO_POLICY, pvlans: [PVLAN_2102] };

function flowsOf(ports: readonly SwitchPort[], settled = true): readonly Flow[] {
  const verdicts = judge(new Map([['br0', ports]]), policy).bridges.get('br0') ?? [];
  const primaries = [{ ...PVLAN_2102, localMacs: [] }];
  return compiled(
    { verdicts, primaries, settled: new Set(settled ? verdicts : []), normalSource: 'none' },
    layoutFrom(60, 145),
  );
}

function isolated(count: number): readonly SwitchPort[] {
  return Array.from({ length: count }, (_, index) => guestPort(index + 1, inPortgroup('isolated-2102')));
}

describe('the flows of a bridge', () => {
  it('have one identity each, and our cookie', () => {
    const flows = flowsOf([
      ...isolated(5),
      guestPort(9, inPortgroup('community-2102-web')),
      plainPort(10),
      plainPort(11, { tag: 2102 }),
    ]);
    expect(new Set(flows.map(flowKey)).size).to.equal(flows.length);
    expect(flows.every((flow) => isOurs(flow.cookie))).to.equal(true);
  });

  it('have one identity each, too, where two routers share an address and secondary VLANs tell who is who', () => {
    const routers = [1, 2].map((number) => ({ ...plainPort(number, { tag: 2102 }), ownMac: '02:00:00:00:00:99' }));
    const verdicts = judge(new Map([['br0', routers]]), policy).bridges.get('br0') ?? [];
    const wire = { kind: 'secondary', isolated: vlanId(2103), communities: new Map<string, VlanId>() } as const;
    const primaries = [{ ...PVLAN_2102, wire, localMacs: [] }];
    const flows = compiled(
      { verdicts, primaries, settled: new Set(verdicts), normalSource: 'none' },
      layoutFrom(60, 145),
    );
    expect(new Set(flows.map(flowKey)).size).to.equal(flows.length);
    const toBoth = flows.filter((flow) => flow.match.ethDst?.value === '02:00:00:00:00:99');
    const outputs = toBoth.map(({ actions }) => actions.flatMap((one) => (one.type === 'output' ? [one.port] : [])));
    expect(outputs).to.deep.equal([
      [1, 2],
      [1, 2],
    ]);
  });

  it('are six for an isolated guest, three more that guard its addresses, and three that count what it and others are refused', () => {
    const added = flowsOf(isolated(6)).length - flowsOf(isolated(5)).length;
    expect(added).to.equal(12);
    const guards = flowsOf(isolated(6)).filter((flow) => flow.table === 60 && flow.match.inPort === 6);
    expect(guards).to.have.length(3);
  });

  it('change for a new guest by its own flows and one slice of the flood list, however many guests there are', () => {
    const rewritten: number[] = [];
    let before = flowsOf(isolated(300));
    for (let count = 301; count <= 340; count += 1) {
      const bodies = new Map(before.map((flow) => [flowKey(flow), flowBody(flow)]));
      const now = flowsOf(isolated(count));
      const changed = now.filter((flow) => bodies.get(flowKey(flow)) !== flowBody(flow));
      const ofLists = changed.filter(({ table, priority }) => table === 73 || (table === 66 && priority === 150));
      expect(changed.length - ofLists.length).to.equal(12);
      expect(ofLists).to.have.length.within(1, 3);
      rewritten.push(...ofLists.map(({ table }) => table));
      before = now;
    }
    // The list of slices changes when a slice begins, one time in 32.
    expect(rewritten.filter((table) => table === 66)).to.have.length.within(1, 5);
  });

  it('drop everything from a guest whose parking is not in force, and send it nothing', () => {
    const flows = flowsOf(isolated(1), false).map(formatFlow);
    expect(flows.filter((flow) => flow.includes('in_port=1'))).to.have.length(1);
    expect(flows.join('\n'))
      .to.match(/priority=200,in_port=1 actions=drop/)
      .and.not.to.match(/output:1\b/);
  });

  it('are none where there is no Private VLAN', () => {
    const verdicts = judge(
      new Map([['br0', [plainPort(1), guestPort(2, { kind: 'none', source: 'domain' })]]]),
      NO_POLICY,
    );
    expect(
      compiled(
        { verdicts: verdicts.bridges.get('br0') ?? [], primaries: [], settled: new Set(), normalSource: 'none' },
        layoutFrom(60, 145),
      ),
    ).to.be.empty;
  });

  it('never name a port in an output that is not a settled guest or router', () => {
    const ports = [
      ...isolated(3),
      guestPort(7, { kind: 'unknown', why: '' }),
      guestPort(8, { kind: 'none', source: 'domain' }),
      plainPort(9),
    ];
    const outputs = flowsOf(ports).flatMap((flow) =>
      flow.actions.flatMap((action) => (action.type === 'output' ? [action.port] : [])),
    );
    expect(outputs.filter((port) => [7, 8, 9].includes(port))).to.be.empty;
    expect(vlanId(2102)).to.equal(PVLAN_2102.primary);
  });
});
