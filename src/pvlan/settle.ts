import type { Mac } from './mac.ts';
import type { PromiscuousAddress, PromiscuousAddresses } from './promiscuous-addresses.ts';
import type { SwitchPort } from './switch-port.ts';
import type { GuestEndpoint, Quarantine, Verdict } from './verdict.ts';

interface Claim {
  readonly guest: GuestEndpoint;
  /** The address is declared as a further one, which several guests may share (VRRP). */
  readonly shared: boolean;
}

/**
 * Closes guests of one bridge that claim an address of somebody else in their primary VLAN, and whatever has the OpenFlow port
 * number of another port: nobody can tell which of the two a frame comes from.
 */
export function settleContradictions(
  verdicts: readonly Verdict[],
  promiscuous: PromiscuousAddresses,
): readonly Verdict[] {
  return settleAddresses(settleNumbers(verdicts), promiscuous);
}

function settleNumbers(verdicts: readonly Verdict[]): readonly Verdict[] {
  const seen = new Set<number>();
  const shared = new Set<number>();
  for (const { port } of verdicts) for (const ofport of port.ofports) (seen.has(ofport) ? shared : seen).add(ofport);
  if (shared.size === 0) return verdicts;
  return verdicts.map((verdict) => {
    const { port } = verdict;
    const number = port.ofports.find((ofport) => shared.has(ofport));
    if (number === undefined || verdict.kind === 'quarantined' || verdict.kind === 'stranger') return verdict;
    // What is no guest's is left as it is, and not believed.
    if (port.kind !== 'guest') return { kind: 'stranger', port };
    const message = `OVSDB says that another port of the bridge has its OpenFlow port number ${number}, too`;
    const remedy = 'it is opened when one of them has gone or has another number';
    return { kind: 'quarantined', port, quarantine: { code: 'duplicate-ofport', message, remedy, alarm: true } };
  });
}

function settleAddresses(verdicts: readonly Verdict[], promiscuous: PromiscuousAddresses): readonly Verdict[] {
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
  promiscuous: ReadonlyMap<Mac, PromiscuousAddress> | undefined,
): Quarantine | undefined {
  const { primary } = guest.role;
  for (const mac of [guest.mac, ...guest.extraMacs]) {
    const owner = promiscuous?.get(mac)?.owner;
    if (owner !== undefined) {
      const message = `its address ${mac} belongs to ${owner}`;
      return { code: 'promiscuous-mac', message, remedy: 'give the guest another address', alarm: true };
    }
    const other = claims.get(`${primary} ${mac}`);
    if (other === undefined || (other.shared && mac !== guest.mac)) continue;
    return duplicate(
      guest.port,
      other.guest.port,
      `its address ${mac} is used by port ${other.guest.port.name} of VLAN ${primary} already`,
    );
  }
  return undefined;
}

function duplicate(port: SwitchPort, other: SwitchPort, message: string): Quarantine {
  const code = 'duplicate-mac';
  const leftover = `its row is left of a crash: run 'ovs-vsctl del-port ${port.name}'`;
  if (isLeftover(port)) {
    return {
      code,
      message: `${message}, and its NIC is plugged in as ${port.device ?? ''}`,
      remedy: leftover,
      alarm: true,
    };
  }
  if (port.ifaceId !== undefined && port.ifaceId === other.ifaceId) {
    const remedy = `one of the two rows is left of a crash: find out which device the guest has, and run 'ovs-vsctl del-port' for the other`;
    return { code, message: `${message}, and both are NIC ${port.ifaceId}`, remedy, alarm: true };
  }
  const remedy =
    'give one of them another address; NICs that one guest bonds need an address each, and the address of the bond, which is ' +
    'neither, under extraMacs of both';
  return { code, message, remedy, alarm: true };
}

/** Whether the port's NIC is known to be plugged in by another port: the row was left behind, and its guest has come back. */
function isLeftover({ name, device }: SwitchPort): boolean {
  return device !== undefined && device !== name;
}

/**
 * Leftovers last; installed ports before others, so that a newcomer never takes an address away; then an order that every run
 * repeats. That a port is confirmed by its hypervisor moves it nowhere: others have nobody to confirm them.
 */
function bySeniority(a: GuestEndpoint, b: GuestEndpoint): number {
  if (isLeftover(a.port) !== isLeftover(b.port)) return isLeftover(a.port) ? 1 : -1;
  if (a.port.installed !== b.port.installed) return a.port.installed ? -1 : 1;
  const numbers = (a.ofport ?? Infinity) - (b.ofport ?? Infinity);
  if (numbers !== 0 && !Number.isNaN(numbers)) return numbers;
  return a.port.name < b.port.name ? -1 : 1;
}
