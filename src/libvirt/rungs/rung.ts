import type { NicIdentity } from '../identity.ts';
import type { LocatedNic } from '../nic-table.ts';
import type { RungName } from '../query.ts';
import type { NetworkLookup } from './network-lookup.ts';

/** What one source says of one NIC. */
export type Finding =
  /** The source does not know it; `doubt` says why the definitions, which are not live, must then not be believed. */
  | { readonly kind: 'absent'; readonly doubt?: string | undefined }
  /** `distrusted`: the source is known to leave portgroups out, so their absence says nothing. */
  | { readonly kind: 'found'; readonly at: LocatedNic; readonly distrusted?: boolean }
  /** The source knows it but contradicts itself, or has not answered yet. */
  | { readonly kind: 'blocked'; readonly why: string };

/** What is asked: who the NIC is, and where it is plugged in. */
export interface Asked extends NicIdentity {
  readonly bridge?: string | undefined;
}

/** One source of NICs. Sources are asked in a fixed order and the first that knows the NIC decides. */
export interface Rung {
  readonly name: RungName;
  /** Live sources tell what is; the others what shall be at the next start. */
  readonly live: boolean;
  /** Whether the source exists here at all. */
  readonly present: boolean;
  /** Where NICs of this source find their network's default portgroup. */
  readonly networks: NetworkLookup;
  /** Answers at once, from memory. */
  find(asked: Asked): Finding;
}
