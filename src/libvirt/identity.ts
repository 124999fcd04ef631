import type { NicQuery } from './query.ts';

/** Identity members in one spelling, so that equality is string equality. */
export interface NicIdentity {
  readonly interfaceId?: string | undefined;
  readonly vmId?: string | undefined;
  readonly mac?: string | undefined;
}

/** Lower case, blanks and empty strings gone: uuids and MACs are case-insensitive in libvirt (src/util/viruuid.c, virmacaddr.c). */
export function fold(value: string | undefined): string | undefined {
  const folded = value?.trim().toLowerCase();
  return folded === '' ? undefined : folded;
}

/** The query in the spelling the records use. */
export function identityOf(query: NicQuery): NicIdentity {
  // Who plugs a port by hand may write an address with dashes, which the judgement takes, too; libvirt writes colons.
  const mac = fold(query.mac)?.replaceAll('-', ':');
  return { interfaceId: fold(query.interfaceId), vmId: fold(query.vmId), mac };
}

/**
 * Whether a record is the NIC asked for: the same interfaceid, else the same domain and MAC, and no member that both sides
 * know may differ. A clone that kept its original's interfaceid is thereby told apart by its domain.
 */
export function isSameNic(record: NicIdentity, asked: NicIdentity): boolean {
  if (differs(record.interfaceId, asked.interfaceId)) return false;
  if (differs(record.vmId, asked.vmId) || differs(record.mac, asked.mac)) return false;
  if (record.interfaceId !== undefined && asked.interfaceId !== undefined) return true;
  return record.vmId !== undefined && asked.vmId !== undefined && record.mac !== undefined && asked.mac !== undefined;
}

function differs(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && right !== undefined && left !== right;
}
