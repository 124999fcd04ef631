import { ROLE_KINDS, ROLE_TABLE } from '../pvlan/role-table.ts';
import { groupOf } from '../pvlan/role.ts';
import type { Verdict } from '../pvlan/verdict.ts';

/** Says that a port's flows were acknowledged by ovs-vswitchd: what orchestrators wait for. */
export const INSTALLED_KEY = 'pvlan-installed';

/**
 * Says which NIC the marks are of. A row may pass from one NIC to another with all that is in it: libvirt adds ports with
 * `--may-exist`, so that after a crash of the host the next guest gets the row of whoever had the device's name before.
 */
const NIC_KEY = 'pvlan-nic';

/** Every key the agent writes to Interface.external_ids. All others are somebody else's. */
export const INTERFACE_KEYS = [INSTALLED_KEY, 'pvlan-role', 'pvlan-primary', 'pvlan-community', NIC_KEY] as const;

/** The marks a guest's endpoint carries once its flows are acknowledged; none for anything else. */
export function marksOf(verdict: Verdict): ReadonlyMap<string, string> {
  if (verdict.port.kind !== 'guest' || (verdict.kind !== 'guest' && verdict.kind !== 'promiscuous')) return new Map();
  const { role } = verdict;
  const group = groupOf(role);
  const nic = verdict.port.ifaceId ?? verdict.port.attachedMac;
  return new Map([
    [INSTALLED_KEY, 'true'],
    ...(nic === undefined ? [] : [[NIC_KEY, nic] as const]),
    ['pvlan-role', role.kind],
    ['pvlan-primary', String(role.primary)],
    ...(group === undefined ? [] : [['pvlan-community', group] as const]),
  ]);
}

/**
 * The marks that stay on a guest's interface while its flows are not in: its role, where it is written already, so that the
 * port is known again whatever happens meanwhile. A port that is closed for now keeps the one it had: libvirt may forget its
 * portgroup before the cause is removed.
 */
export function standingMarks(verdict: Verdict, ids: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const nic = ids.get(NIC_KEY);
  if (verdict.kind === 'quarantined' && nic !== undefined) {
    // That the row was another NIC's must not be forgotten before it is known what this one is.
    if (isHandedOver(ids)) return new Map([[NIC_KEY, nic]]);
    return new Map([...ids].filter(([key]) => key !== INSTALLED_KEY && INTERFACE_KEYS.some((ours) => ours === key)));
  }
  const role = new Map([...marksOf(verdict)].filter(([key]) => key !== INSTALLED_KEY));
  return [...role].every(([key, value]) => ids.get(key) === value) ? role : new Map();
}

/** Whether the marks in `ids` say that the flows of this very NIC were acknowledged. */
export function isInstalled(ids: ReadonlyMap<string, string>): boolean {
  return ids.get(INSTALLED_KEY) === 'true' && areOfThisNic(ids);
}

/** The role that the marks in `ids` speak of, in the words of `roleName`; undefined without complete marks of this NIC. */
export function markedRole(ids: ReadonlyMap<string, string>): string | undefined {
  if (!areOfThisNic(ids)) return undefined;
  const primary = ids.get('pvlan-primary');
  const group = ids.get('pvlan-community');
  const kind = ROLE_KINDS.find((one) => one === ids.get('pvlan-role'));
  if (primary === undefined || kind === undefined) return undefined;
  const { words, grouped } = ROLE_TABLE[kind];
  if (!grouped) return `${words[0]}-${primary}`;
  return group === undefined ? undefined : `${words[0]}-${primary}-${group}`;
}

/** Whether the marks in `ids` are those of another NIC, whose row this was. */
export function isHandedOver(ids: ReadonlyMap<string, string>): boolean {
  return ids.has(NIC_KEY) && !areOfThisNic(ids);
}

function areOfThisNic(ids: ReadonlyMap<string, string>): boolean {
  return ids.get(NIC_KEY) === (ids.get('iface-id') ?? ids.get('attached-mac'));
}
