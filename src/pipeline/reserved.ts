import type { Flow } from '../openflow/flow.ts';
import type { Masked } from '../openflow/match.ts';
import { BRIDGE_COOKIE } from './cookie.ts';

/**
 * Addresses by which switches speak to each other: the list that Open vSwitch's own NORMAL does not forward (lib/packets.c,
 * eth_addr_is_reserved), which it does not look at where the input port is not known, and the registration protocols of
 * IEEE 802.1Q table 10-1 (GMRP, GVRP, MMRP, MVRP), by which a station would join VLANs of the switch behind the uplink.
 */
const RESERVED: readonly Masked<string>[] = [
  { value: '01:80:c2:00:00:00', mask: 'ff:ff:ff:ff:ff:f0' },
  { value: '01:80:c2:00:00:20', mask: 'ff:ff:ff:ff:ff:f0' },
  // Cisco: ISL; CFM; PAgP, UDLD, CDP, DTP, VTP and PVST+; uplink fast and FlexLink.
  { value: '01:00:0c:00:00:00' },
  { value: '01:00:0c:cc:cc:c0', mask: 'ff:ff:ff:ff:ff:f8' },
  { value: '01:00:0c:cc:cc:cc', mask: 'ff:ff:ff:ff:ff:fe' },
  { value: '01:00:0c:cd:cd:cd' },
  // Extreme: EDP, EAPS (00:e0:2b:00:00:04 and :06).
  { value: '00:e0:2b:00:00:00' },
  { value: '00:e0:2b:00:00:04', mask: 'ff:ff:ff:ff:ff:fd' },
];

/** Flows of `table` that do with frames to such an address what `fate` says. */
export function reservedFlows(
  table: number,
  priority: number,
  fate: Pick<Flow, 'actions' | 'gotoTable'>,
): readonly Flow[] {
  return RESERVED.map((ethDst) => ({ table, priority, cookie: BRIDGE_COOKIE, match: { ethDst }, ...fate }));
}
