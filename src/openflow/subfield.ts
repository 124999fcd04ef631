import type { FieldName, SubField } from './action.ts';
import { InvalidFlow } from './errors.ts';
import { OxmClass, oxmId } from './oxm.ts';
import type { Version } from './message.ts';

/** A field actions can write: its size and its names on the wire. */
export interface ActionField {
  readonly name: FieldName;
  readonly bytes: number;
  /** NXM header, as NXAST_REG_LOAD and NXAST_REG_MOVE of OpenFlow 1.4 want it. */
  readonly nxm: number;
  /** OXM header where one exists; OVS writes it in OpenFlow 1.5. */
  readonly oxm?: number;
}

const nxm0 = (field: number): number => oxmId(OxmClass.NXM_0, field);
const nxm1 = (field: number): number => oxmId(OxmClass.NXM_1, field);
const basic = (field: number): number => oxmId(OxmClass.OPENFLOW_BASIC, field);
const REGISTER_NAMES = ['reg0', 'reg1', 'reg2', 'reg3', 'reg4', 'reg5', 'reg6', 'reg7'] as const;

const FIELDS: readonly ActionField[] = [
  { name: 'in_port', bytes: 2, nxm: nxm0(0) },
  { name: 'vlan_tci', bytes: 2, nxm: nxm0(4) },
  { name: 'eth_dst', bytes: 6, nxm: nxm0(1), oxm: basic(3) },
  { name: 'eth_src', bytes: 6, nxm: nxm0(2), oxm: basic(4) },
  { name: 'arp_op', bytes: 2, nxm: nxm0(15), oxm: basic(21) },
  { name: 'arp_spa', bytes: 4, nxm: nxm0(16), oxm: basic(22) },
  { name: 'arp_tpa', bytes: 4, nxm: nxm0(17), oxm: basic(23) },
  { name: 'arp_sha', bytes: 6, nxm: nxm1(17), oxm: basic(24) },
  { name: 'arp_tha', bytes: 6, nxm: nxm1(18), oxm: basic(25) },
  { name: 'udp_src', bytes: 2, nxm: nxm0(11), oxm: basic(15) },
  { name: 'udp_dst', bytes: 2, nxm: nxm0(12), oxm: basic(16) },
  ...REGISTER_NAMES.map((name, index): ActionField => ({ name, bytes: 4, nxm: nxm1(index) })),
];

/** What `ovs-ofctl` calls each field. */
export const NXM_NAMES: Readonly<Record<FieldName, string>> = {
  in_port: 'NXM_OF_IN_PORT',
  vlan_tci: 'NXM_OF_VLAN_TCI',
  eth_dst: 'NXM_OF_ETH_DST',
  eth_src: 'NXM_OF_ETH_SRC',
  arp_op: 'NXM_OF_ARP_OP',
  arp_spa: 'NXM_OF_ARP_SPA',
  arp_tpa: 'NXM_OF_ARP_TPA',
  arp_sha: 'NXM_NX_ARP_SHA',
  arp_tha: 'NXM_NX_ARP_THA',
  udp_src: 'NXM_OF_UDP_SRC',
  udp_dst: 'NXM_OF_UDP_DST',
  reg0: 'NXM_NX_REG0',
  reg1: 'NXM_NX_REG1',
  reg2: 'NXM_NX_REG2',
  reg3: 'NXM_NX_REG3',
  reg4: 'NXM_NX_REG4',
  reg5: 'NXM_NX_REG5',
  reg6: 'NXM_NX_REG6',
  reg7: 'NXM_NX_REG7',
};

const BY_NAME = new Map(FIELDS.map((field) => [field.name, field]));
const BY_ID = new Map(
  FIELDS.flatMap((field) => [[field.nxm, field] as const, [field.oxm ?? field.nxm, field] as const]),
);

/** Throws {@link InvalidFlow} unless `to` lies within its field. */
export function actionField(to: SubField): ActionField {
  const field = BY_NAME.get(to.field);
  if (field === undefined) throw new InvalidFlow(`no action writes a field called ${to.field}`);
  const { offset, bits } = to;
  const inside = Number.isInteger(offset) && Number.isInteger(bits) && offset >= 0 && bits > 0;
  if (!inside || offset + bits > field.bytes * 8)
    throw new InvalidFlow(`${to.field} has ${field.bytes * 8} bits, not bits ${offset} to ${offset + bits - 1}`);
  return field;
}

/** The field a header names in either notation, without its mask bit; `undefined` when no action here uses it. */
export function actionFieldById(id: number): ActionField | undefined {
  return BY_ID.get(id);
}

/** The id to write in `version`. */
export function actionFieldId(field: ActionField, version: Version): number {
  return version === 0x06 ? (field.oxm ?? field.nxm) : field.nxm;
}
