import type { Constraint } from './domain.ts';

const WHOLE = (1n << 48n) - 1n;

/** Destinations that NORMAL does not forward: those of other protocols between switches (lib/packets.c, `eth_addr_is_reserved`). */
export const RESERVED_DESTINATIONS: readonly Constraint[] = [
  // 01:80:c2:00:00:0x
  { value: 0x0180c2000000n, mask: 0xfffffffffff0n },
  // EDP and EAPS
  ...[0x00e02b000000n, 0x00e02b000004n, 0x00e02b000006n].map((value) => ({ value, mask: WHOLE })),
  // ISL; CDP, VTP, DTP, UDLD, PAgP and PVST+; FlexLink and Uplink Fast; Cisco's CFM
  { value: 0x01000c000000n, mask: WHOLE },
  ...[0xccn, 0xcdn].map((last) => ({ value: 0x01000ccccc00n | last, mask: WHOLE })),
  { value: 0x01000ccdcdcdn, mask: WHOLE },
  { value: 0x01000cccccc0n, mask: 0xfffffffffff8n },
];

/** Group addresses: the first bit on the wire is set. */
export const GROUP_DESTINATIONS: Constraint = { value: 1n << 40n, mask: 1n << 40n };
