import { expect } from 'chai';
import { experimental, tag } from '../../lab/frames.ts';
import { violationsOf } from '../../model/violation.ts';
import type { Network } from '../../model/may-deliver.ts';
import type { Outcome } from '../../model/violation.ts';
import type { Port, Pvlan, Station } from '../../model/station.ts';

const P: Pvlan = { primary: 2102, secondaries: [] };
const network: Network = { pvlans: [P], untaggedVlans: [0], sourceGuards: true, priorityTags: true };

function station(name: string, mac: string, port: Port): Station {
  return { name, place: 'a', macs: [mac], addresses: [], port, standing: 'sound' };
}

const guest = station('guest', '02:00:00:00:00:01', { kind: 'isolated', pvlan: P });
const other = station('other', '02:00:00:00:00:02', { kind: 'isolated', pvlan: P });
const router = station('router', '02:00:00:00:00:03', { kind: 'promiscuous', pvlan: P, tagged: false });
const trunk = station('trunk', '02:00:00:00:00:04', { kind: 'promiscuous', pvlan: P, tagged: true });
const everybody = [guest, other, router, trunk];

type Arrivals = Readonly<Record<string, readonly (readonly number[])[]>>;

/** The outcome of a broadcast: copies by receiver, each the list of its tags. */
function outcome(sender: Station, arrivals: Arrivals, raw?: Buffer): Outcome {
  const spec = { from: 0, content: 'raw', to: 'broadcast', source: 'own', claim: 'own', tags: [] } as const;
  const frame = raw ?? experimental('ff:ff:ff:ff:ff:ff', sender.macs[0]!);
  const counted = Object.entries(arrivals).map(
    ([name, copies]) => [name, { times: copies.length, vids: copies[0] ?? [] }] as const,
  );
  return { slot: 0, spec, raw: frame, sender, misled: false, usurpedAt: [], arrivals: new Map(counted) };
}

function found(sender: Station, arrivals: Arrivals, raw?: Buffer): string[] {
  return violationsOf(outcome(sender, arrivals, raw), everybody, network).map(
    ({ kind, receiver }) => `${kind} at ${receiver.name}`,
  );
}

describe('the comparison of deliveries with the model', () => {
  it('is content when everything arrives where it must, as it must', () => {
    expect(found(guest, { router: [[]], trunk: [[2102]] })).to.deep.equal([]);
  });

  it('finds what arrived where it is forbidden', () => {
    expect(found(guest, { router: [[]], trunk: [[2102]], other: [[]] })).to.deep.equal(['forbidden at other']);
  });

  it('finds what did not arrive, and what arrived twice', () => {
    expect(found(guest, { trunk: [[2102], [2102]] })).to.deep.equal(['missing at router', 'duplicated at trunk']);
  });

  it('finds a tag where none belongs, and none where one does', () => {
    expect(found(guest, { router: [[2102]], trunk: [[]] })).to.deep.equal([
      'badly tagged at router',
      'badly tagged at trunk',
    ]);
    expect(
      found(trunk, { router: [[]], guest: [[2102]], other: [[]] }, tag(outcome(trunk, {}).raw, 2102)),
    ).to.deep.equal(['badly tagged at guest']);
  });

  it('does not insist on frames to one station once switches may have learned wrong addresses', () => {
    const raw = experimental(router.macs[0]!, guest.macs[0]!);
    const honest = outcome(guest, {}, raw);
    expect(violationsOf(honest, everybody, network)).to.have.length(1);
    expect(violationsOf({ ...honest, misled: true }, everybody, network)).to.deep.equal([]);
  });

  describe('where links reflect', () => {
    const reflecting = { ...network, reflects: true };
    const judged = (sender: Station, arrivals: Arrivals, src: string, usurpedAt: readonly string[] = []) => {
      const raw = experimental('ff:ff:ff:ff:ff:ff', src);
      const one = { ...outcome(sender, arrivals, raw), usurpedAt };
      return violationsOf(one, everybody, reflecting).map(({ kind, receiver }) => `${kind} at ${receiver.name}`);
    };
    const further = '02:00:00:00:01:01';
    const twice = { router: [[], []], trunk: [[2102], [2102]] };

    it('lets stations hear twice what comes from an address that the switch does not know to be there', () => {
      const shared: Station = { ...guest, macs: [guest.macs[0] ?? '', further] };
      expect(judged(shared, twice, further)).to.deep.equal([]);
      expect(judged(shared, twice, shared.macs[0] ?? '')).to.deep.equal([
        'duplicated at router',
        'duplicated at trunk',
      ]);
      expect(judged({ ...shared, place: 'b' }, twice, further)).to.deep.equal([
        'duplicated at router',
        'duplicated at trunk',
      ]);
    });

    it('lets a promiscuous sender get back what it sent from a group address, and no guest', () => {
      const group = '03:00:00:00:00:01';
      const all = { guest: [[]], other: [[]], trunk: [[2102]] };
      expect(judged(router, { ...all, router: [[]] }, group)).to.deep.equal([]);
      expect(judged(router, { ...all, router: [[]] }, router.macs[0] ?? '')).to.deep.equal(['forbidden at router']);
      expect(judged(guest, { guest: [[]] }, group)).to.deep.equal(['forbidden at guest']);
    });

    it('does not insist on frames from an address that the switch may know elsewhere', () => {
      expect(judged(guest, {}, guest.macs[0] ?? '', ['a'])).to.deep.equal([]);
      expect(judged(guest, {}, guest.macs[0] ?? '', ['b'])).to.deep.equal(['missing at router', 'missing at trunk']);
    });
  });
});
