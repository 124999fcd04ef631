import type { Action, FieldName } from '../openflow/action.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import { NORMAL, tagWith } from './steps.ts';

/**
 * Lets NORMAL learn where a frame's sender is, and deliver nothing: it looks for the sender's own address, which is behind the port
 * that the frame came in by (OVS `ofproto/ofproto-dpif-xlate.c`, `xlate_normal`). The destination is not put back, and the sender
 * must not be a group address, which nobody learns and everybody gets.
 */
const LEARN_SENDER: readonly Action[] = [move('eth_src', 0, 'eth_dst', 0, 48), NORMAL];

/** Learns the sender of a frame to `mac`, which has to be as it came in. Without this, frames to the sender are flooded one day. */
export function learnSenderTo(mac: Mac): readonly Action[] {
  return [...LEARN_SENDER, { type: 'load', to: { field: 'eth_dst', offset: 0, bits: 48 }, value: numberOf(mac) }];
}

/**
 * Learns the sender in further VLANs, and leaves the frame as it was. Open vSwitch learns addresses for each VLAN, but stations of a
 * Private VLAN are answered in another one than they speak in. Registers 3 to 5 keep the frame's destination and tag meanwhile.
 */
export function learnSenderIn(vlans: readonly VlanId[]): readonly Action[] {
  if (vlans.length === 0) return [];
  return [
    move('eth_dst', 0, 'reg3', 0, 32),
    move('eth_dst', 32, 'reg4', 0, 16),
    move('vlan_tci', 0, 'reg5', 0, 16),
    ...vlans.flatMap((vlan) => [tagWith(vlan), ...LEARN_SENDER]),
    move('reg3', 0, 'eth_dst', 0, 32),
    move('reg4', 0, 'eth_dst', 32, 16),
    move('reg5', 0, 'vlan_tci', 0, 16),
  ];
}

function move(from: FieldName, fromOffset: number, to: FieldName, toOffset: number, bits: number): Action {
  return {
    type: 'move',
    from: { field: from, offset: fromOffset, bits },
    to: { field: to, offset: toOffset, bits },
  };
}

function numberOf(mac: Mac): bigint {
  return BigInt(`0x${mac.replaceAll(':', '')}`);
}
