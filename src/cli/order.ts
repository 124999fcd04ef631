import { Port } from '../openflow/action.ts';

const collator = new Intl.Collator('en', { numeric: true });

/** Orders names as people do: vnet2 before vnet10. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return collator.compare(a.name, b.name);
}

/** A port's OpenFlow number as ovs-ofctl writes it. */
export function portNumber(ofport: number | undefined): string {
  if (ofport === undefined) return '-';
  return ofport === Port.LOCAL ? 'LOCAL' : String(ofport);
}
