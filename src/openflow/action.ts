/** Reserved port numbers of OpenFlow 1.1 and later (OpenFlow 1.5 section 7.2.1). */
export const Port = {
  IN_PORT: 0xfffffff8,
  NORMAL: 0xfffffffa,
  FLOOD: 0xfffffffb,
  ALL: 0xfffffffc,
  CONTROLLER: 0xfffffffd,
  LOCAL: 0xfffffffe,
} as const;

/** Fields that `load` and `move` can name (NXM headers of OVS `include/openvswitch/meta-flow.h`). */
export type FieldName =
  | 'in_port'
  | 'vlan_tci'
  | 'eth_src'
  | 'eth_dst'
  | 'arp_op'
  | 'arp_spa'
  | 'arp_tpa'
  | 'arp_sha'
  | 'arp_tha'
  | 'udp_src'
  | 'udp_dst'
  | `reg${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`;

/** Bits `offset` to `offset + bits - 1` of a field, counted from its least significant bit. */
export interface SubField {
  readonly field: FieldName;
  readonly offset: number;
  readonly bits: number;
}

/** One step of a flow's action list; an empty list drops the frame. */
export type Action =
  | { readonly type: 'output'; readonly port: number }
  /** NXAST_REG_LOAD: writes `value` into the bits of `to`. */
  | { readonly type: 'load'; readonly to: SubField; readonly value: bigint }
  /** NXAST_REG_MOVE: copies the bits of `from` into `to`; both have the same width. */
  | { readonly type: 'move'; readonly from: SubField; readonly to: SubField }
  /** NXAST_RESUBMIT_TABLE: looks `table` up and comes back; `inPort` 0xfff8 keeps the frame's own. */
  | { readonly type: 'resubmit'; readonly table: number; readonly inPort?: number }
  | { readonly type: 'pushVlan'; readonly ethertype: number }
  | { readonly type: 'popVlan' }
  /** An action this library has no name for, as hex: read back, compared, never written by us. */
  | { readonly type: 'unknown'; readonly hex: string };
