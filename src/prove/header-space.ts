import type { Flow } from '../openflow/flow.ts';
import type { Match } from '../openflow/match.ts';
import { registers } from '../openflow/match-codec.ts';
import { MATCH_FIELDS, type Comparison, type MatchField } from '../openflow/match-fields.ts';
import { Domain, type Constraint } from './domain.ts';
import type { ValueSet } from './value-set.ts';

/** The fields of a frame that flows can look at; `inPort`, `metadata` and the registers are the switch's own. */
export const FRAME_FIELDS: readonly MatchField[] = MATCH_FIELDS.filter(
  ({ name }) => name !== 'inPort' && name !== 'metadata',
);

/** Index of a field in {@link FRAME_FIELDS}. */
export function fieldIndex(name: MatchField['name']): number {
  const index = FRAME_FIELDS.findIndex((field) => field.name === name);
  if (index < 0) throw new RangeError(`${name} is no field of a frame`);
  return index;
}

export const VLAN = fieldIndex('vlan');
export const ETH_SRC = fieldIndex('ethSrc');
export const ETH_DST = fieldIndex('ethDst');
export const ETH_TYPE = fieldIndex('ethType');

/** The bit of an OXM VLAN_VID that says "a tag is there". */
export const TAGGED = 0x1000n;
export const UNTAGGED_VALUE = 0n;

/** Fields whose values can be copied into each other share one domain. */
const FAMILIES: Readonly<Partial<Record<MatchField['name'], string>>> = {
  ethSrc: 'mac',
  ethDst: 'mac',
  arpSha: 'mac',
  arpTha: 'mac',
  ndSll: 'mac',
  ndTll: 'mac',
  ipv4Src: 'ipv4',
  ipv4Dst: 'ipv4',
  arpSpa: 'ipv4',
  arpTpa: 'ipv4',
  ipv6Src: 'ipv6',
  ipv6Dst: 'ipv6',
  ndTarget: 'ipv6',
};

/** Values that fields can have at all, where that is not every one of their bits (as {@link Domain} takes it). */
const DOMAINS: Readonly<Partial<Record<MatchField['name'], readonly Constraint[]>>> = {
  // Without a tag there is no VLAN id either.
  vlan: [
    { value: UNTAGGED_VALUE, mask: 0x1fffn },
    { value: TAGGED, mask: TAGGED },
  ],
  // A later fragment is a fragment.
  ipFrag: [
    { value: 0n, mask: 3n },
    { value: 1n, mask: 3n },
    { value: 3n, mask: 3n },
  ],
};

/** What a flow's match asks of a frame and of the switch's own fields. */
export interface CompiledMatch {
  /** By field index; every other field may be anything. */
  readonly fields: readonly (readonly [field: number, met: ValueSet])[];
  readonly inPort: number | undefined;
  readonly registers: readonly (readonly [index: number, value: number, mask: number])[];
  readonly metadata: Constraint | undefined;
  /** It looks at something that the proof knows nothing of: it may apply or not. */
  readonly uncertain: boolean;
}

/** Every header that the flows given can tell apart, field by field. */
export class HeaderSpace {
  /** By field index. */
  readonly domains: readonly Domain[];
  /** Every value of each field. */
  readonly everything: readonly ValueSet[];

  /** `more`: constraints beyond those of the flows, by field name: what actions write, and what claims speak of. */
  constructor(flows: Iterable<Flow>, more: Iterable<readonly [MatchField['name'], Constraint]>) {
    const asked = new Map<string, Map<string, Constraint>>();
    const ask = (name: MatchField['name'], constraint: Constraint): void => {
      const family = FAMILIES[name] ?? name;
      const known = asked.get(family) ?? new Map<string, Constraint>();
      asked.set(family, known);
      known.set(`${constraint.value}/${constraint.mask}`, constraint);
    };
    for (const { match } of flows) {
      for (const field of FRAME_FIELDS) {
        const constraint = constraintOf(field, match);
        if (constraint !== undefined) ask(field.name, constraint);
      }
    }
    for (const [name, constraint] of more) ask(name, constraint);
    const families = new Map<string, Domain>();
    this.domains = FRAME_FIELDS.map(({ name, bits }) => {
      const family = FAMILIES[name] ?? name;
      const known = families.get(family);
      if (known !== undefined) return known;
      const domain = DOMAINS[name] ?? [{ value: 0n, mask: 0n }];
      const made = new Domain(bits, domain, asked.get(family)?.values() ?? []);
      families.set(family, made);
      return made;
    });
    this.everything = this.domains.map(({ everything }) => everything);
  }

  domain(field: number): Domain {
    const domain = this.domains[field];
    if (domain === undefined) throw new RangeError(`there is no field ${field}`);
    return domain;
  }

  /** Whether the space was made with every mask of `match`. */
  knows(match: Match): boolean {
    return FRAME_FIELDS.every((field, index) => {
      const constraint = constraintOf(field, match);
      return constraint === undefined || this.domain(index).knows(constraint);
    });
  }

  /** `match` in terms of this space, which has to know it. */
  compile(match: Match): CompiledMatch {
    const fields: (readonly [number, ValueSet])[] = [];
    for (const [index, field] of FRAME_FIELDS.entries()) {
      const constraint = constraintOf(field, match);
      if (constraint !== undefined) fields.push([index, this.domain(index).meeting(constraint)]);
    }
    const { metadata } = match;
    const mask = metadata?.mask ?? 0xffff_ffff_ffff_ffffn;
    return {
      fields,
      inPort: match.inPort,
      registers: registers(match).map(([index, { value, mask: bits = 0xffffffff }]) => [index, value, bits]),
      metadata: metadata === undefined ? undefined : { value: metadata.value & mask, mask },
      uncertain: (match.unknown ?? []).length > 0,
    };
  }
}

/** What `match` asks of `field`. */
export function constraintOf(field: MatchField, match: Match): Constraint | undefined {
  const comparison = field.get(match);
  return comparison === undefined ? undefined : asConstraint(comparison, field.bits);
}

/** A constraint that one value alone meets. */
export function exactly(field: number, value: bigint): Constraint {
  const { bits } = FRAME_FIELDS[field] ?? { bits: 0 };
  return { value, mask: (1n << BigInt(bits)) - 1n };
}

function asConstraint({ value, mask }: Comparison, bits: number): Constraint {
  const full = (1n << BigInt(bits)) - 1n;
  const compared = mask === undefined ? full : numberOf(mask) & full;
  return { value: numberOf(value) & compared, mask: compared };
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
