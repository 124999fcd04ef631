import type { Located } from './document.ts';
import type { Problem } from './error.ts';
import { child, type Pointer } from './pointer.ts';
import type { PvlanEntry } from './pvlan-entry.ts';

interface Secondary {
  readonly vid: number;
  readonly primary: number;
  readonly at: Pointer;
}

/**
 * Secondary VLANs that stand for something else already: a secondary VLAN belongs to one community or to the isolated guests of
 * one PVLAN, and is no primary VLAN (RFC 5517 section 3). `locate` is relative to the list.
 */
export const secondaryProblems = (entries: readonly PvlanEntry[], locate: Located['locate']): Problem[] => {
  const problems: Problem[] = [];
  const primaries = new Map(entries.map(({ primary }, index) => [primary, child(child('', index), 'primary')]));
  const taken = new Map<number, Secondary>();
  for (const secondary of entries.flatMap(secondariesOf)) {
    const { vid, primary, at } = secondary;
    const asPrimary = primaries.get(vid);
    const earlier = taken.get(vid);
    if (vid === primary) {
      const message = `VLAN ${vid} is the primary VLAN of this PVLAN; a secondary VLAN is another one`;
      problems.push({ ...locate(at), message });
    } else if (asPrimary !== undefined) {
      const message = `VLAN ${vid} is a primary VLAN on line ${locate(asPrimary).line}; give the secondary VLAN another id`;
      problems.push({ ...locate(at), message });
    } else if (earlier !== undefined) {
      const message = `VLAN ${vid} is already a secondary VLAN of ${earlier.primary} on line ${locate(earlier.at).line}; give each its own`;
      problems.push({ ...locate(at), message });
    }
    if (earlier === undefined) taken.set(vid, secondary);
  }
  return problems;
};

const secondariesOf = ({ primary, isolated, communities = {} }: PvlanEntry, index: number): Secondary[] => {
  const at = child('', index);
  const named = child(at, 'communities');
  return [
    ...(isolated === undefined ? [] : [{ vid: isolated, primary, at: child(at, 'isolated') }]),
    ...Object.entries(communities).map(([name, vid]) => ({ vid, primary, at: child(named, name) })),
  ];
};
