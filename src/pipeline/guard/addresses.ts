import type { Masked } from '../../openflow/match.ts';
import type { NumberedGuest } from '../bridge-plan.ts';
import type { LinkLocal } from '../../pvlan/policy.ts';
import { linkLocalOf, prefixMatch } from './ip-match.ts';

/** Addresses of a guest with known ones, as the switch compares them. */
export interface OwnAddresses {
  readonly v4: readonly Masked<string>[];
  /** The listed ones, and with any of them the link-local one of each of its MAC addresses unless those have to be listed too. */
  readonly v6: readonly Masked<string>[];
}

export function ownAddresses(
  { addresses = [], mac, extraMacs }: NumberedGuest,
  linkLocal: LinkLocal | undefined,
): OwnAddresses {
  const v4 = addresses.filter(({ family }) => family === 4).map(prefixMatch);
  const listed = addresses.filter(({ family }) => family === 6).map(prefixMatch);
  if (listed.length === 0) return { v4, v6: [] };
  const formed = linkLocal === 'listed' ? [] : [mac, ...extraMacs].map((one) => ({ value: linkLocalOf(one) }));
  const known = new Set(listed.map(({ value, mask }) => `${value}/${mask ?? ''}`));
  return { v4, v6: [...listed, ...formed.filter(({ value }) => !known.has(`${value}/`))] };
}

/** The network of link-local addresses as stations form them (RFC 4291 section 2.5.6). */
export const LINK_LOCAL: Masked<string> = { value: 'fe80::', mask: 'ffff:ffff:ffff:ffff::' };

/**
 * Link-local addresses that are somebody's: those formed from a MAC address (ff:fe in the middle), which are its owner's, and
 * those given by hand (fe80::1), which are routers' as a rule. One that a station makes up at random (RFC 7217, Windows) is of the
 * second kind never, and of the first once in 65,536 times: such a guest's has to be listed.
 */
export const SOMEBODYS: readonly Masked<string>[] = [
  { value: 'fe80::ff:fe00:0', mask: 'ffff:ffff:ffff:ffff:0:ff:ff00:0' },
  { value: 'fe80::', mask: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:0' },
];
