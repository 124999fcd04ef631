import type { Match } from '../openflow/match.ts';
import type { MatchField } from '../openflow/match-fields.ts';
import { addAll, both, countBits, intersects, isEmpty, members, noBits, setBit, without, type Bits } from './bits.ts';
import { current, matching, notMatching, type FrameSet } from './frame-set.ts';
import { groupBy } from './group-by.ts';
import { constraintOf, ETH_SRC, exactly, FRAME_FIELDS, HeaderSpace, type CompiledMatch } from './header-space.ts';
import type { Constraint } from './domain.ts';
import type { Believed, Party } from './party.ts';
import { permission, type Permission } from './permission.ts';
import { Ports, type IndexedPort } from './ports.ts';
import type { Finding, Proof } from './proof.ts';
import type { ProvedSwitch } from './switch.ts';
import { forbiddenSpeech } from './speech.ts';
import type { Rule } from './tables.ts';
import type { ValueSet } from './value-set.ts';
import { Walk } from './walk.ts';
import { settingConstants } from './setting-constants.ts';
import { writtenConstants } from './written-constants.ts';

/** More findings than this are counted with the pairs, and not kept. */
const KEPT = 1000;

/**
 * Whether, for every header a frame can have, the flows and settings of `model` keep apart whom the roles of `parties` keep apart.
 * Pure. What it takes for granted is written in docs/proof.md.
 */
export function prove(model: ProvedSwitch, parties: readonly Party[], believed: readonly Believed[]): Proof {
  return new Prover(model, parties, believed).proof();
}

interface Judged {
  readonly party: Party;
  readonly at: IndexedPort;
}

/** What one sender may do, by port number. */
interface Claims {
  /** Ports that none of its frames may reach. */
  readonly never: Bits;
  /** Ports that some of its frames may reach. */
  readonly sometimes: readonly { readonly ports: Bits; readonly frames: readonly CompiledMatch[] }[];
  readonly always: Bits;
  readonly apart: number;
  readonly joined: number;
}

/** Frames that may not leave whoever gets them: those that fit `within` and none of `but`. */
interface Speech {
  readonly reason: string;
  readonly within: CompiledMatch;
  readonly but: readonly CompiledMatch[];
}

class Prover {
  readonly #ports: Ports;
  readonly #parties: readonly Judged[];
  readonly #believed: readonly Believed[];
  readonly #space: HeaderSpace;
  readonly #walk: Walk;
  readonly #claims = new Map<string, Claims>();
  readonly #matches = new WeakMap<Match, CompiledMatch>();
  readonly #findings: Finding[] = [];
  readonly #told = new Set<string>();

  constructor(model: ProvedSwitch, parties: readonly Party[], believed: readonly Believed[]) {
    this.#ports = new Ports(model);
    this.#parties = parties.flatMap((party) => {
      const at = this.#ports.named(party.bridge, party.port);
      return at === undefined ? [] : [{ party, at }];
    });
    this.#believed = believed;
    const flows = model.bridges.flatMap((bridge) => bridge.flows);
    this.#space = new HeaderSpace(flows, [...writtenConstants(flows), ...settingConstants(model), ...this.#claimed()]);
    this.#walk = new Walk(model, this.#space, this.#ports);
  }

  proof(): Proof {
    let [apart, joined] = [0, 0];
    const lost: { from: Party; to: Party }[] = [];
    for (const sender of this.#parties) {
      const claims = this.#claimsOf(sender);
      apart += claims.apart;
      joined += claims.joined;
      const reached = noBits(this.#ports.size);
      for (const ofport of sender.at.port.ofports) this.#send(sender, ofport, claims, reached);
      if (sender.at.port.ofports.length === 0) continue;
      for (const index of members(without(claims.always, reached))) {
        const to = this.#partyAt(index);
        if (to !== undefined && to.at.port.ofports.length > 0 && to !== sender)
          lost.push({ from: sender.party, to: to.party });
      }
    }
    const found = (kinds: readonly Finding['kind'][]): boolean =>
      this.#findings.some(({ kind, frames }) => kinds.includes(kind) && !frames.widened);
    const verdict = found(['leak', 'forgery']) ? 'LEAK' : this.#findings.length > 0 ? 'UNPROVED' : 'PROVED';
    return {
      verdict,
      apart,
      joined,
      lost,
      findings: this.#findings,
      complete: this.#findings.length < KEPT,
      space: this.#space,
    };
  }

  #send({ party, at }: Judged, ofport: number, claims: Claims, reached: Bits): void {
    const own = noBits(this.#ports.size);
    setBit(own, at.index);
    const never = without(claims.never, own);
    const harmless = new Set<Bits>();
    const addresses = party.kind === 'guest' ? this.#addresses(party) : undefined;
    const speech = party.kind === 'guest' ? this.#speech(party) : [];
    this.#walk.send(at.bridge, ofport, {
      leaves: (ports, frames, trail) => {
        if (!harmless.has(ports)) {
          addAll(reached, ports);
          if (intersects(ports, never)) this.#leak(party, ofport, both(ports, never), frames, trail);
          // Most frames of a sender leave by the same ports.
          else harmless.add(ports);
        }
        for (const { ports: some, frames: allowed } of claims.sometimes) {
          const met = without(both(ports, some), own);
          if (isEmpty(met)) continue;
          let rest: readonly FrameSet[] = [asTheyCame(frames)];
          for (const match of allowed) rest = rest.flatMap((set) => notMatching(set, match));
          for (const set of rest) this.#leak(party, ofport, met, set, trail);
        }
        if (addresses !== undefined) this.#forgery(party, ofport, addresses, frames, trail);
        if (speech.length > 0) this.#judgeSpeech(party, ofport, speech, asTheyCame(frames), trail);
      },
      unproved: (reason, frames, trail) => {
        this.#find({ kind: 'unproved', from: party, ofport, to: undefined, frames, trail, reason });
      },
    });
  }

  #leak(from: Party, ofport: number, ports: Bits, frames: FrameSet, trail: readonly Rule[]): void {
    for (const index of members(ports)) {
      const to = this.#partyAt(index)?.party;
      if (to !== undefined) this.#find({ kind: 'leak', from, ofport, to, frames, trail, reason: undefined });
    }
  }

  #forgery(from: Party, ofport: number, addresses: ValueSet, frames: FrameSet, trail: readonly Rule[]): void {
    const foreign = current(frames, ETH_SRC).without(addresses);
    if (foreign.isEmpty) return;
    const was = frames.was.slice();
    if (!frames.now.has(ETH_SRC)) was[ETH_SRC] = foreign;
    const reason = 'its frames leave under an address that is not its own';
    this.#find({ kind: 'forgery', from, ofport, to: undefined, frames: { ...frames, was }, trail, reason });
  }

  #judgeSpeech(from: Party, ofport: number, speech: readonly Speech[], frames: FrameSet, trail: readonly Rule[]): void {
    for (const { reason, within, but } of speech) {
      const said = matching(frames, within);
      if (said === undefined) continue;
      let rest: readonly FrameSet[] = [said];
      for (const match of but) rest = rest.flatMap((set) => notMatching(set, match));
      for (const set of rest) this.#find({ kind: 'forgery', from, ofport, to: undefined, frames: set, trail, reason });
    }
  }

  #speech(party: Party): readonly Speech[] {
    return forbiddenSpeech(party).map(({ reason, within, but }) => ({
      reason,
      within: this.#compiled(within),
      but: but.map((match) => this.#compiled(match)),
    }));
  }

  /** What all guests may not say is one object, and is compiled once. */
  #compiled(match: Match): CompiledMatch {
    const known = this.#matches.get(match);
    if (known !== undefined) return known;
    const compiled = this.#space.compile(match);
    this.#matches.set(match, compiled);
    return compiled;
  }

  /** Keeps the first finding of each kind for each pair, and of what is certain before what may be. */
  #find(finding: Finding): void {
    const { kind, from, to, frames, reason, trail } = finding;
    const key = [kind, frames.widened, from.bridge, from.port, to?.bridge, to?.port, reason].join('\n');
    if (this.#told.has(key) || this.#findings.length >= KEPT) return;
    this.#told.add(key);
    this.#findings.push({ ...finding, trail: trail.slice() });
  }

  #partyAt(index: number): Judged | undefined {
    this.#byIndex ??= new Map(this.#parties.map((one) => [one.at.index, one]));
    return this.#byIndex.get(index);
  }
  #byIndex: ReadonlyMap<number, Judged> | undefined;

  /** The addresses that a guest may send from. */
  #addresses({ macs }: Party): ValueSet {
    const domain = this.#space.domain(ETH_SRC);
    const none = domain.everything.without(domain.everything);
    return macs.reduce((set, mac) => set.or(domain.only(addressNumber(mac))), none);
  }

  /** Senders of one kind and role, with one VLAN setting, share their claims. */
  #claimsOf(sender: Judged): Claims {
    const { party, at } = sender;
    const key = JSON.stringify([
      party.kind,
      party.role,
      party.primaries,
      party.kind === 'wire' ? [at.bridge, at.port.vlan] : 0,
    ]);
    let claims = this.#claims.get(key);
    if (claims === undefined) {
      const permitted = this.#parties.map((to) => ({
        to,
        permission: permission(party, to.party, at.port.vlan, this.#believed),
      }));
      const withPermission = (wanted: Permission): readonly IndexedPort[] =>
        permitted.flatMap(({ to, permission: is }) => (is === wanted ? [to.at] : []));
      const some = groupBy(
        permitted.filter(({ permission: is }) => typeof is !== 'string'),
        ({ permission: is }) => JSON.stringify(is),
      );
      const sometimes = Array.from(some.values(), (group) => {
        const is = group[0]?.permission;
        const frames = typeof is === 'object' ? is.map((match) => this.#space.compile(match)) : [];
        return { ports: this.#ports.bits(group.map(({ to }) => to.at)), frames };
      });
      const [never, always] = [this.#ports.bits(withPermission('none')), this.#ports.bits(withPermission('any'))];
      const apart = sometimes.reduce((sum, { ports }) => sum + countBits(ports), countBits(never));
      claims = { never, always, sometimes, apart, joined: countBits(always) };
      this.#claims.set(key, claims);
    }
    const self = noBits(this.#ports.size);
    setBit(self, at.index);
    const counts = (bits: Bits): number => (isEmpty(both(bits, self)) ? 0 : 1);
    const apart = counts(claims.never) + claims.sometimes.reduce((sum, { ports }) => sum + counts(ports), 0);
    return { ...claims, apart: claims.apart - apart, joined: claims.joined - counts(claims.always) };
  }

  /** What claims look at in frames. */
  #claimed(): readonly (readonly [MatchField['name'], Constraint])[] {
    const matches = this.#parties
      .filter(({ party }) => party.kind === 'wire')
      .flatMap(({ party, at }) =>
        this.#parties.flatMap((to) => {
          const is = permission(party, to.party, at.port.vlan, this.#believed);
          return typeof is === 'string' ? [] : is;
        }),
      );
    // Single values need no place in the space: what all guests may not say and what pinned ones may has masks.
    const [some] = this.#parties.filter(({ party }) => party.kind === 'guest');
    const pinned = this.#parties.filter(({ party }) => party.kind === 'guest' && party.addresses !== undefined);
    const speech = [...(some === undefined ? [] : [some]), ...pinned]
      .flatMap(({ party }) => forbiddenSpeech(party))
      .flatMap(({ within, but }) => [within, ...but]);
    const ofMatches = [...matches, ...speech].flatMap((match) =>
      FRAME_FIELDS.flatMap((field) => {
        const constraint = constraintOf(field, match);
        return constraint === undefined ? [] : [[field.name, constraint] as const];
      }),
    );
    const addresses = this.#parties.flatMap(({ party }) =>
      party.macs.map((mac) => ['ethSrc', exactly(ETH_SRC, addressNumber(mac))] as const),
    );
    return [...ofMatches, ...addresses];
  }
}

/** Claims speak of frames as they come in, whatever actions have made of them. */
function asTheyCame(frames: FrameSet): FrameSet {
  return { ...frames, now: new Map() };
}

function addressNumber(mac: string): bigint {
  return BigInt(`0x${mac.replaceAll(':', '')}`);
}
