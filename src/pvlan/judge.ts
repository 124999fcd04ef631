import { judgeGuest, judgePlain } from './judge-port.ts';
import type { Mac } from './mac.ts';
import type { Policy } from './policy.ts';
import type { SwitchPort } from './switch-port.ts';
import type { GuestEndpoint, Verdict } from './verdict.ts';
import type { VlanId } from './vlan-id.ts';

/** What one host's Private VLANs come to. */
export interface Judgement {
  /** One verdict per port, by bridge. */
  readonly bridges: ReadonlyMap<string, readonly Verdict[]>;
  /** Promiscuous addresses of each primary VLAN and whose they are, in words. */
  readonly promiscuous: ReadonlyMap<VlanId, ReadonlyMap<Mac, string>>;
}

/**
 * Decides for every port of a host what it is to the Private VLANs. Ports are judged one by one first, then against each
 * other: whatever is unknown, half-known or contradicts another port is quarantined.
 */
export function judge(bridges: ReadonlyMap<string, readonly SwitchPort[]>, policy: Policy): Judgement {
  const guests = new Map<SwitchPort, Verdict>();
  for (const ports of bridges.values()) {
    for (const port of ports) if (port.kind === 'guest') guests.set(port, judgeGuest(port, policy));
  }
  const primaries = new Set<VlanId>(policy.pvlans.map((pvlan) => pvlan.primary));
  for (const verdict of guests.values()) if ('role' in verdict) primaries.add(verdict.role.primary);

  const single = new Map<string, Verdict[]>();
  for (const [bridge, ports] of bridges) {
    single.set(
      bridge,
      ports.map((port) => {
        const verdict = guests.get(port);
        return verdict === undefined || verdict.kind === 'stranger' ? judgePlain(port, primaries) : verdict;
      }),
    );
  }
  const promiscuous = promiscuousAddresses(policy, single);
  const settled = new Map<string, readonly Verdict[]>();
  for (const [bridge, verdicts] of single) settled.set(bridge, settleContradictions(verdicts, promiscuous));
  return { bridges: settled, promiscuous };
}

function promiscuousAddresses(
  policy: Policy,
  bridges: ReadonlyMap<string, readonly Verdict[]>,
): Map<VlanId, Map<Mac, string>> {
  const addresses = new Map<VlanId, Map<Mac, string>>();
  const add = (primary: VlanId, mac: Mac, owner: string): void => {
    const ofPrimary = addresses.get(primary) ?? new Map<Mac, string>();
    addresses.set(primary, ofPrimary);
    if (!ofPrimary.has(mac)) ofPrimary.set(mac, owner);
  };
  for (const pvlan of policy.pvlans) {
    if (!addresses.has(pvlan.primary)) addresses.set(pvlan.primary, new Map());
    for (const mac of pvlan.promiscuousMacs) add(pvlan.primary, mac, `promiscuousMacs of VLAN ${pvlan.primary}`);
  }
  for (const [bridge, verdicts] of bridges) {
    for (const verdict of verdicts) {
      if (verdict.kind === 'promiscuous' && verdict.mac !== undefined) {
        add(verdict.role.primary, verdict.mac, `promiscuous port ${verdict.port.name} of bridge ${bridge}`);
      }
    }
  }
  return addresses;
}

function settleContradictions(
  verdicts: readonly Verdict[],
  promiscuous: ReadonlyMap<VlanId, ReadonlyMap<Mac, string>>,
): readonly Verdict[] {
  const owners = new Map<string, GuestEndpoint>();
  const closed = new Map<Verdict, Verdict>();
  for (const guest of verdicts.filter((verdict) => verdict.kind === 'guest').sort(bySeniority)) {
    const owner = promiscuous.get(guest.role.primary)?.get(guest.mac);
    const key = `${guest.role.primary} ${guest.mac}`;
    const twin = owners.get(key);
    if (owner !== undefined) {
      closed.set(guest, {
        kind: 'quarantined',
        port: guest.port,
        quarantine: {
          code: 'promiscuous-mac',
          message: `its address ${guest.mac} belongs to ${owner}: give the guest another address`,
          alarm: true,
        },
      });
    } else if (twin !== undefined) {
      closed.set(guest, {
        kind: 'quarantined',
        port: guest.port,
        quarantine: {
          code: 'duplicate-mac',
          message: `its address ${guest.mac} is used by port ${twin.port.name} of VLAN ${guest.role.primary} already: give one of them another address`,
          alarm: true,
        },
      });
    } else {
      owners.set(key, guest);
    }
  }
  return verdicts.map((verdict) => closed.get(verdict) ?? verdict);
}

/** Installed ports first, so that a newcomer never takes an address away; then an order that every run repeats. */
function bySeniority(a: GuestEndpoint, b: GuestEndpoint): number {
  if (a.port.installed !== b.port.installed) return a.port.installed ? -1 : 1;
  const numbers = (a.ofport ?? Infinity) - (b.ofport ?? Infinity);
  if (numbers !== 0 && !Number.isNaN(numbers)) return numbers;
  return a.port.name < b.port.name ? -1 : 1;
}
