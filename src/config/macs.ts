import { macAddress } from '../pvlan/mac.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { Located } from './document.ts';
import type { Problem } from './error.ts';
import { child } from './pointer.ts';

/** A list of station addresses in domain types, each once. `locate` is relative to the list, `owner` names who has one list. */
export const macList = (
  texts: readonly string[],
  owner: string,
  locate: Located['locate'],
): { value: Mac[]; problems: Problem[] } => addressList(texts, owner, locate, macAddress);

/** The same of whatever addresses `read` takes. */
export const addressList = <T extends string>(
  texts: readonly string[],
  owner: string,
  locate: Located['locate'],
  read: (text: string) => T | undefined,
): { value: T[]; problems: Problem[] } => {
  const problems: Problem[] = [];
  const lines = new Map<T, number>();
  for (const [index, text] of texts.entries()) {
    const place = locate(child('', index));
    const mac = read(text);
    if (mac === undefined) {
      problems.push({ ...place, message: notStation(text) });
    } else if (lines.has(mac)) {
      const message = `${text} is already on line ${lines.get(mac) ?? 0}; name each address once per ${owner}`;
      problems.push({ ...place, message });
    } else {
      lines.set(mac, place.line);
    }
  }
  return { value: [...lines.keys()], problems };
};

/** Why `text`, six octets in hexadecimal, is no station's address, and what is allowed. */
export const notStation = (text: string): string =>
  `${text} ${whyNotStation(text)}; allowed: the unicast address of one station`;

const whyNotStation = (text: string): string => {
  if (/^[0:]+$/.test(text)) return 'is the all-zero address';
  return /^[f:]+$/i.test(text) ? 'is the broadcast address' : 'is a group address (its first octet is odd)';
};
