import { Port, type Action } from '../openflow/action.ts';
import type { Masked } from '../openflow/match.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import { TAG_TYPES } from './protocols.ts';

/** Any group address: the first bit on the wire of the destination is set (IEEE 802). */
export const GROUP_ADDRESS: Masked<string> = { value: '01:00:00:00:00:00', mask: '01:00:00:00:00:00' };

/** Removes the tag, if there is one: unlike popping it, this is allowed where the match does not tell. */
export const STRIP_TAG: Action = { type: 'load', to: { field: 'vlan_tci', offset: 0, bits: 16 }, value: 0n };

/**
 * Removes the tag, if there is one, and its type: ovs-vswitchd keeps the type of a tag that is merely removed for the next one
 * (lib/flow.c, `flow_fix_vlan_tpid`), unless another has been put on in between.
 */
export const FORGET_TAG: readonly Action[] = [STRIP_TAG, { type: 'pushVlan', ethertype: TAG_TYPES[0] }, STRIP_TAG];

/** Puts the frame into VLAN `vid`, tagged or not before; of a tag that is there the type and the three priority bits stay. */
export function tagWith(vid: VlanId): Action {
  return { type: 'load', to: { field: 'vlan_tci', offset: 0, bits: 13 }, value: 0x1000n | BigInt(vid) };
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
