import { Port } from '../openflow/action.ts';

/** A port's OpenFlow number as ovs-ofctl writes it. */
export function portNumber(ofport: number | undefined): string {
  if (ofport === undefined) return '-';
  return ofport === Port.LOCAL ? 'LOCAL' : String(ofport);
}
