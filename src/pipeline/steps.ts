import { Port, type Action } from '../openflow/action.ts';
import type { Masked } from '../openflow/match.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';

/** Any group address: the first bit on the wire of the destination is set (IEEE 802). */
export const GROUP_ADDRESS: Masked<string> = { value: '01:00:00:00:00:00', mask: '01:00:00:00:00:00' };

/** Addresses that end at the nearest bridge: BPDUs, LLDP, EAPOL, pause (IEEE 802.1Q table 8-1). */
export const RESERVED_ADDRESS: Masked<string> = { value: '01:80:c2:00:00:00', mask: 'ff:ff:ff:ff:ff:f0' };

/** Removes the tag, if there is one: unlike popping it, this is allowed where the match does not tell. */
export const STRIP_TAG: Action = { type: 'load', to: { field: 'vlan_tci', offset: 0, bits: 16 }, value: 0n };

/** Puts the frame into VLAN `vid`, tagged or not before; the three priority bits stay as the guest set them. */
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
