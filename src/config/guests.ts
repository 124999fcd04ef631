import type { GuestFacts, IpPrefix } from '../pvlan/guest-facts.ts';
import { formatIpPrefix, readIpPrefix } from '../pvlan/ip-prefix.ts';
import { groupAddress, macAddress, type GroupMac, type Mac } from '../pvlan/mac.ts';
import type { Located } from './document.ts';
import type { Problem } from './error.ts';
import { addressList, notStation } from './macs.ts';
import { child, type Pointer } from './pointer.ts';
import { show } from './complaint.ts';

/** An entry as the file has it, checked by the schema. */
export interface GuestEntry {
  readonly addresses?: readonly string[];
  readonly extraMacs?: readonly string[];
  readonly nested?: boolean;
}

/** The key `guests` in domain types, and what is wrong with it. `locate` is relative to the map. */
export const guestFacts = (
  entries: Readonly<Record<string, GuestEntry>>,
  locate: Located['locate'],
): { value: Map<Mac, GuestFacts>; problems: Problem[] } => {
  const problems: Problem[] = [];
  const value = new Map<Mac, GuestFacts>();
  const lines = new Map<Mac, number>();
  for (const [name, entry] of Object.entries(entries)) {
    const at = child('', name);
    const place = locate(at, 'key');
    const mac = macAddress(name);
    const earlier = mac === undefined ? undefined : lines.get(mac);
    if (mac === undefined) {
      problems.push({ ...place, message: notStation(name) });
      continue;
    }
    if (earlier !== undefined) {
      const message = `guest ${name} is already on line ${earlier}; give each NIC one entry`;
      problems.push({ ...place, message });
      continue;
    }
    lines.set(mac, place.line);
    const addresses = prefixList(entry.addresses, child(at, 'addresses'), locate);
    const extra = addressList(
      entry.extraMacs ?? [],
      'guest',
      (pointer) => locate(`${at}/extraMacs${pointer}`),
      (text) => macAddress(text) ?? groupAddress(text),
    );
    problems.push(...addresses.problems, ...extra.problems, ...ownAmongExtra(mac, entry, at, locate));
    const nested = entry.nested === true ? { nested: true } : {};
    value.set(mac, { addresses: addresses.value, ...byKind(extra.value), ...nested });
  }
  return { value, problems };
};

const byKind = (macs: readonly (Mac | GroupMac)[]): Pick<GuestFacts, 'extraMacs' | 'groupMacs'> => {
  const groupMacs = macs.flatMap((mac) => groupAddress(mac) ?? []);
  const extraMacs = macs.flatMap((mac) => macAddress(mac) ?? []);
  return { extraMacs, ...(groupMacs.length === 0 ? {} : { groupMacs }) };
};

const prefixList = (
  texts: readonly string[] | undefined,
  at: Pointer,
  locate: Located['locate'],
): { value: IpPrefix[] | undefined; problems: Problem[] } => {
  const problems: Problem[] = [];
  const value = new Map<string, IpPrefix>();
  for (const [index, text] of (texts ?? []).entries()) {
    const reading = readIpPrefix(text);
    const place = locate(child(at, index));
    if ('problem' in reading) {
      const allowed = 'allowed: the unicast address of a station or a network of such, like 10.0.0.5 or 2001:db8::/64';
      problems.push({ ...place, message: `${show(text)} ${reading.problem}; ${allowed}` });
      continue;
    }
    const canonical = formatIpPrefix(reading.prefix);
    if (value.has(canonical)) {
      problems.push({ ...place, message: `${show(text)} repeats ${canonical}; name each address once per guest` });
    }
    value.set(canonical, reading.prefix);
  }
  return { value: texts === undefined ? undefined : [...value.values()], problems };
};

const ownAmongExtra = (mac: Mac, entry: GuestEntry, at: Pointer, locate: Located['locate']): Problem[] =>
  (entry.extraMacs ?? []).flatMap((text, index) =>
    macAddress(text) === mac
      ? [
          {
            ...locate(child(child(at, 'extraMacs'), index)),
            message: `${text} is the NIC's own address; list further ones only`,
          },
        ]
      : [],
  );
