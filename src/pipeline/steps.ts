import { Port, type Action } from '../openflow/action.ts';
import type { Masked } from '../openflow/match.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';

/** Any group address: the first bit on the wire of the destination is set (IEEE 802). */
export const GROUP_ADDRESS: Masked<string> = { value: '01:00:00:00:00:00', mask: '01:00:00:00:00:00' };

/** Register 0 carries the primary VLAN through the pipeline. */
export function inPrimary(primary: VlanId): Readonly<Record<number, Masked<number>>> {
  return { 0: { value: primary } };
}

/** Register 1 carries the sender's community, numbered by `communityNumbers`. */
export function inCommunity(primary: VlanId, community: number): Readonly<Record<number, Masked<number>>> {
  return { 0: { value: primary }, 1: { value: community } };
}

export function rememberPrimary(primary: VlanId): Action {
  return { type: 'load', to: { field: 'reg0', offset: 0, bits: 32 }, value: BigInt(primary) };
}

export function rememberCommunity(community: number): Action {
  return { type: 'load', to: { field: 'reg1', offset: 0, bits: 32 }, value: BigInt(community) };
}

/** Removes the tag, if there is one: unlike popping it, this is allowed where the match does not tell. */
export const STRIP_TAG: Action = { type: 'load', to: { field: 'vlan_tci', offset: 0, bits: 16 }, value: 0n };

/** Puts the frame into the primary VLAN, tagged or not before; the three priority bits stay as the guest set them. */
export function tagWith(primary: VlanId): Action {
  return { type: 'load', to: { field: 'vlan_tci', offset: 0, bits: 13 }, value: 0x1000n | BigInt(primary) };
}

/**
 * Lets NORMAL switch a frame of a parked port, which it would refuse by its VLAN setting. Never before an explicit output to
 * guests: `protected` looks at the input port.
 */
export const FORGET_IN_PORT: Action = { type: 'load', to: { field: 'in_port', offset: 0, bits: 16 }, value: 0xffffn };

export const NORMAL: Action = { type: 'output', port: Port.NORMAL };

export function outputTo(ofport: number): Action {
  return { type: 'output', port: ofport };
}
