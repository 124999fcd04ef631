import { expect } from 'chai';
import fc from 'fast-check';
import { topology } from '../../model/arbitrary.ts';
import { buildFrame } from '../../model/build-frame.ts';
import { SLOTS, SlotVlans, plan } from '../../model/network.ts';
import { seeFrame } from '../../model/seen-frame.ts';
import { FRAME_KINDS } from '../../model/frame-kinds.ts';
import type { Topology } from '../../model/topology.ts';

const SAMPLE = fc.sample(topology(), { numRuns: 500, seed: 1 });

/** How many of the sample show something. */
function share(shows: (one: Topology) => boolean): number {
  return SAMPLE.filter(shows).length / SAMPLE.length;
}

describe('random networks', () => {
  it('are the same for the same seed', () => {
    expect(fc.sample(topology(), { numRuns: 20, seed: 1 })).to.deep.equal(SAMPLE.slice(0, 20));
  });

  it('often have guests on both hosts, promiscuous stations, ordinary trunks and impostors', () => {
    const kinds = (one: Topology): string[] => one.ports.map(({ kind, place }) => `${kind} ${place}`);
    expect(share((one) => kinds(one).includes('isolated a') && kinds(one).includes('isolated b'))).to.be.above(0.1);
    expect(share((one) => kinds(one).some((kind) => kind.startsWith('promiscuous')))).to.be.above(0.5);
    expect(share((one) => kinds(one).some((kind) => kind.startsWith('trunk')))).to.be.above(0.3);
    const standings = SAMPLE.flatMap((one) => plan(one, 0).ports.map(({ station }) => station.standing));
    expect(standings.filter((standing) => standing === 'impostor')).to.have.length.above(10);
    expect(standings.filter((standing) => standing === 'contested')).to.have.length.above(10);
  });

  it('share no VLAN and no address with those in another slot', () => {
    const seen = new Map<string, number>();
    for (const [slot, one] of SAMPLE.slice(0, SLOTS).entries()) {
      const { pvlans, ports } = plan(one, slot);
      const macs = ports.flatMap(({ station }) => station.macs);
      const vlans = pvlans.flatMap(({ primary, secondaries }) => [primary, ...secondaries].map(String));
      for (const key of [...macs, ...vlans, String(new SlotVlans(slot).ordinary)]) {
        expect(seen.get(key) ?? slot, key).to.equal(slot);
        seen.set(key, slot);
      }
    }
  });

  it('have frames that are read back as they were meant', () => {
    for (const one of SAMPLE.slice(0, 50)) {
      const { ports } = plan(one, 3);
      for (const spec of one.frames) {
        const frame = seeFrame(buildFrame(spec, ports, new SlotVlans(3)));
        expect(frame.tags).to.have.length(spec.tags.length);
        if (spec.source === 'own') expect(ports[spec.from]!.station.macs).to.include(frame.src);
        if (typeof spec.to === 'number') expect(ports[spec.to]!.station.macs).to.include(frame.dst);
        const claimed = spec.claim === 'own' ? spec.from : spec.claim;
        if (frame.claimedMac !== undefined) expect(ports[claimed]!.station.macs).to.include(frame.claimedMac);
      }
    }
  });
});

describe("the matrix's kinds of frames", () => {
  it('have names of their own', () => {
    expect(new Set(FRAME_KINDS.map(({ name }) => name)).size).to.equal(FRAME_KINDS.length);
  });
});
