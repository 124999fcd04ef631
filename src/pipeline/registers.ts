import type { Action } from '../openflow/action.ts';
import type { Masked } from '../openflow/match.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { Cause } from './cause.ts';

/** What the pipeline knows of a frame, in registers 0 to 3 and 6 from table 0 on. */
export interface FrameFacts {
  /** Register 0: the primary VLAN it belongs to. */
  readonly primary?: VlanId;
  /** Register 1: its sender's community (see `communityNumbers`), 0 for none. */
  readonly community?: number;
  /** Register 2: the VLAN it came in by, primary or secondary. */
  readonly vlan?: VlanId;
  /** Register 3: what its sender is held to, bits of `Trait`. */
  readonly traits?: number;
  /** Register 6: why it is refused. */
  readonly cause?: Cause;
}

/**
 * What a guest is held to. Flows that ask for a trait serve all guests that have it, which keeps their number per guest, and the
 * number of masks, small.
 */
export const Trait = {
  /** Its IP addresses are known. */
  PINNED: 1,
  /** IPv4 addresses are among them. */
  IPV4: 2,
  /** IPv6 addresses are among them. */
  IPV6: 4,
  /** It may use any link-local address that is nobody else's. */
  LINK_LOCAL: 8,
  /** It sends no protocol but IPv4, ARP and IPv6. */
  IP_ONLY: 16,
  /** It may be no DHCP server. */
  NO_DHCP_SERVER: 32,
} as const;

/** Matches frames of which `facts` are known. */
export function knowing(facts: FrameFacts): Readonly<Record<number, Masked<number>>> {
  return {
    ...(facts.primary === undefined ? {} : { 0: { value: facts.primary } }),
    ...(facts.community === undefined ? {} : { 1: { value: facts.community } }),
    ...(facts.vlan === undefined ? {} : { 2: { value: facts.vlan } }),
    ...(facts.traits === undefined ? {} : { 3: { value: facts.traits, mask: facts.traits } }),
    ...(facts.cause === undefined ? {} : { 6: { value: facts.cause } }),
  };
}

/** Actions that remember `facts`; registers are zero before, so that no community and no trait need no action. */
export function remember(facts: FrameFacts): readonly Action[] {
  return [
    ...(facts.primary === undefined ? [] : [load('reg0', facts.primary)]),
    ...(facts.community === undefined || facts.community === 0 ? [] : [load('reg1', facts.community)]),
    ...(facts.vlan === undefined ? [] : [load('reg2', facts.vlan)]),
    ...(facts.traits === undefined || facts.traits === 0 ? [] : [load('reg3', facts.traits)]),
    ...(facts.cause === undefined ? [] : [load('reg6', facts.cause)]),
  ];
}

function load(field: 'reg0' | 'reg1' | 'reg2' | 'reg3' | 'reg6', value: number): Action {
  return { type: 'load', to: { field, offset: 0, bits: 32 }, value: BigInt(value) };
}
