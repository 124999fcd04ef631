import { expect } from 'chai';
import { flowBody, flowKey } from '../../../src/openflow/flow-key.ts';
import { formatFlow } from '../../../src/openflow/format-flow.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { compile } from '../../../src/pipeline/compile.ts';
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
  return compile(
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
    const flows = compile(
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

  it('change for a new guest by its own flows and the one flood list, however many guests there are', () => {
    const before = new Map(flowsOf(isolated(300)).map((flow) => [flowKey(flow), flowBody(flow)]));
    const changed = flowsOf(isolated(301)).filter((flow) => before.get(flowKey(flow)) !== flowBody(flow));
    expect(changed).to.have.length(13);
    expect(changed.filter((flow) => before.has(flowKey(flow))).map((flow) => flow.table)).to.deep.equal([66]);
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
      compile(
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
