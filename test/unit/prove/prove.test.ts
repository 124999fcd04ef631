import { expect } from 'chai';
import { isOurs } from '../../../src/pipeline/cookie.ts';
import type { Proof } from '../../../src/prove/proof.ts';
import { prove } from '../../../src/prove/prove.ts';
import type { ProvedBridge } from '../../../src/prove/switch.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import { SITUATIONS } from '../../golden/situations.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { guestPort, inPortgroup, plainPort } from '../../support/ports.ts';
import { provedSituation, situationOf } from '../../support/proved.ts';
import { CLOSED, ISOLATED, MEMBER, OTHER, OUTSIDE, PEER, PLANTED, ROUTER, UPLINK } from './planted.ts';

const PORTS = [
  plainPort(UPLINK),
  guestPort(ROUTER, inPortgroup('promisc-2102')),
  guestPort(ISOLATED, inPortgroup('isolated-2102')),
  guestPort(OTHER, inPortgroup('isolated-2102')),
  guestPort(MEMBER, inPortgroup('community-2102-web')),
  guestPort(PEER, inPortgroup('community-2102-web')),
  guestPort(OUTSIDE, { kind: 'none', source: 'domain' }),
  guestPort(CLOSED, { kind: 'unknown', why: 'no source knows it' }),
];
const HOST = situationOf(PORTS, PVLAN_2102);

function provedWith(change: (bridge: ProvedBridge) => ProvedBridge): Proof {
  const model = { ...HOST.model, bridges: HOST.model.bridges.map(change) };
  return prove(model, HOST.parties, HOST.believed);
}

describe('the proof of a bridge', () => {
  for (const situation of SITUATIONS) {
    it(`holds for ${situation.name}`, () => {
      const { model, parties, believed } = provedSituation(situation);
      const proof = prove(model, parties, believed);
      expect(proof.findings).to.be.empty;
      expect(proof.verdict).to.equal('PROVED');
      expect(proof.lost).to.be.empty;
    });
  }

  it('counts the pairs that the roles keep apart and those that they join', () => {
    const { verdict, apart, joined } = provedWith((bridge) => bridge);
    expect(verdict).to.equal('PROVED');
    // Guests and the router: 4 × 3 ordered pairs of guests, but for the two of the community; 8 with the router.
    expect(joined).to.equal(2 + 8);
    // 10 pairs of guests; the wire and the guest outside to 4 guests each; the closed port to and from all 7 others.
    expect(apart).to.equal(10 + 8 + 14);
  });

  for (const leak of PLANTED) {
    it(`finds ${leak.name}`, () => {
      const { verdict, findings } = provedWith((bridge) => leak.plant(bridge));
      expect(verdict).to.equal('LEAK');
      const pairs = findings.map(({ from, to }) => `${from.port} ${to?.port ?? 'anybody'}`);
      expect(
        pairs.some((pair) => pair === `${leak.from} ${leak.to}` || pair === `${leak.from} anybody`),
        pairs.join('; '),
      ).to.equal(true);
    });
  }

  it('names the flows that a leaking frame meets, in order', () => {
    const [leak] = PLANTED;
    const { findings } = provedWith((bridge) => leak?.plant(bridge) ?? bridge);
    const trail = findings.find(({ to }) => to?.port === leak?.to)?.trail ?? [];
    expect(trail.map(({ flow }) => isOurs(flow.cookie))).to.deep.equal([false]);
  });

  it('says UNPROVED, never PROVED, of an action that it does not know', () => {
    const group = { type: 'unknown', hex: '0016000800000001' } as const;
    const { verdict, findings } = provedWith((bridge) => ({
      ...bridge,
      flows: [
        ...bridge.flows,
        { table: 0, priority: 60_000, cookie: 0n, match: { inPort: ISOLATED }, actions: [group] },
      ],
    }));
    expect(verdict).to.equal('UNPROVED');
    expect(findings.map(({ kind, from }) => `${kind} ${from.port}`)).to.deep.equal([`unproved vnet${ISOLATED}`]);
  });

  it('says UNPROVED where a leak rests on a field that it does not know', () => {
    const { verdict } = provedWith((bridge) => ({
      ...bridge,
      flows: [
        ...bridge.flows,
        {
          table: 0,
          priority: 60_000,
          cookie: 0n,
          match: { inPort: ISOLATED, unknown: ['0001d201ff'] },
          actions: [
            { type: 'output', port: OTHER },
            { type: 'output', port: MEMBER },
          ],
        },
      ],
    }));
    expect(verdict).to.equal('UNPROVED');
  });

  it('tells of a pair that the roles join and no frame gets through', () => {
    const { lost } = provedWith((bridge) => ({
      ...bridge,
      flows: bridge.flows.filter(
        ({ actions }) => !actions.some((one) => one.type === 'output' && one.port === ISOLATED),
      ),
    }));
    expect(lost.map(({ from, to }) => `${from.port} ${to.port}`)).to.deep.equal([`vnet${ROUTER} vnet${ISOLATED}`]);
  });

  it('holds with secondary VLANs, and finds a community’s VLAN in a router’s table', () => {
    const secondary = {
      kind: 'secondary',
      isolated: vlanId(2103),
      communities: new Map([['web', vlanId(2104) ?? PVLAN_2102.primary]]),
    } as const;
    const { model, parties, believed } = situationOf(PORTS, { ...PVLAN_2102, wire: secondary });
    expect(prove(model, parties, believed).verdict).to.equal('PROVED');
    const bridges = model.bridges.map((bridge) => ({
      ...bridge,
      flows: bridge.flows.map((flow) =>
        flow.table === 64 && flow.gotoTable === 65 ? { ...flow, gotoTable: 66 } : flow,
      ),
    }));
    const broken = prove({ ...model, bridges }, parties, believed);
    expect(broken.verdict).to.equal('LEAK');
    expect(broken.findings.map(({ from }) => from.port)).to.include('eth1');
  });
});
