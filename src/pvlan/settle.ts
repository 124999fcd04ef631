import type { Mac } from './mac.ts';
import type { GuestEndpoint, Quarantine, Verdict } from './verdict.ts';
import type { VlanId } from './vlan-id.ts';

interface Claim {
  readonly guest: GuestEndpoint;
  /** The address is declared as a further one, which several guests may share (VRRP). */
  readonly shared: boolean;
}

/** Closes guests of one bridge that claim an address of somebody else in their primary VLAN. */
export function settleContradictions(
  verdicts: readonly Verdict[],
  promiscuous: ReadonlyMap<VlanId, ReadonlyMap<Mac, string>>,
): readonly Verdict[] {
  const claims = new Map<string, Claim>();
  const closed = new Map<Verdict, Verdict>();
  for (const guest of verdicts.filter((verdict) => verdict.kind === 'guest').sort(bySeniority)) {
    const quarantine = contradiction(guest, claims, promiscuous.get(guest.role.primary));
    if (quarantine !== undefined) {
      closed.set(guest, { kind: 'quarantined', port: guest.port, quarantine });
      continue;
    }
    for (const mac of [guest.mac, ...guest.extraMacs]) {
      const key = `${guest.role.primary} ${mac}`;
      if (!claims.has(key)) claims.set(key, { guest, shared: mac !== guest.mac });
    }
  }
  return verdicts.map((verdict) => closed.get(verdict) ?? verdict);
}

function contradiction(
  guest: GuestEndpoint,
  claims: ReadonlyMap<string, Claim>,
  promiscuous: ReadonlyMap<Mac, string> | undefined,
): Quarantine | undefined {
  const { primary } = guest.role;
  for (const mac of [guest.mac, ...guest.extraMacs]) {
    const owner = promiscuous?.get(mac);
    if (owner !== undefined) {
      const message = `its address ${mac} belongs to ${owner}: give the guest another address`;
      return { code: 'promiscuous-mac', message, alarm: true };
    }
    const other = claims.get(`${primary} ${mac}`);
    if (other === undefined || (other.shared && mac !== guest.mac)) continue;
    const message = `its address ${mac} is used by port ${other.guest.port.name} of VLAN ${primary} already: give one of them another address`;
    return { code: 'duplicate-mac', message, alarm: true };
  }
  return undefined;
}

/** Installed ports first, so that a newcomer never takes an address away; then an order that every run repeats. */
function bySeniority(a: GuestEndpoint, b: GuestEndpoint): number {
  if (a.port.installed !== b.port.installed) return a.port.installed ? -1 : 1;
  const numbers = (a.ofport ?? Infinity) - (b.ofport ?? Infinity);
  if (numbers !== 0 && !Number.isNaN(numbers)) return numbers;
  return a.port.name < b.port.name ? -1 : 1;
}
