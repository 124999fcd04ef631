import type { Derivation } from '../base/derivation.ts';
import { Dict } from '../base/dict.ts';
import type { Mac } from './mac.ts';
import type { PromiscuousAddress, PromiscuousAddresses } from './promiscuous-addresses.ts';
import type { SwitchPort } from './switch-port.ts';
import { quarantineText, type GuestEndpoint, type Quarantine, type Verdict } from './verdict.ts';

interface Claim {
  readonly guest: GuestEndpoint;
  /** The address is declared as a further one, which several guests may share (VRRP). */
  readonly shared: boolean;
}

/**
 * Closes guests of one bridge that claim an address of somebody else in their primary VLAN, and whatever has the OpenFlow port
 * number of another port: nobody can tell which of the two a frame comes from. Ports that contradict nobody cost nothing.
 */
export function settleContradictions(
  now: Derivation,
  bridge: string,
  verdicts: Dict<string, Verdict>,
  promiscuous: PromiscuousAddresses,
): Dict<string, Verdict> {
  const numbered = settleNumbers(now, bridge, verdicts);
  return settleAddresses(now, bridge, numbered, promiscuous);
}

function settleNumbers(now: Derivation, bridge: string, verdicts: Dict<string, Verdict>): Dict<string, Verdict> {
  const numbers = now.group(`numbers of ${bridge}`, verdicts, ({ port }) => port.ofports.map(String));
  const shared = now.each(`shared numbers of ${bridge}`, [numbers], [], (_, ports) =>
    ports === undefined || ports.size < 2 ? undefined : ports,
  );
  const sharers = now.once(`sharers of numbers of ${bridge}`, [shared], () =>
    Dict.of(Array.from(shared.values()).flatMap((ports) => [...ports])),
  );
  const closed = now.each(`closed by numbers of ${bridge}`, [sharers], [shared], (_, verdict) =>
    verdict === undefined ? undefined : withoutNumber(verdict, shared),
  );
  return now.each(`settled numbers of ${bridge}`, [verdicts, closed], [], (_, verdict, instead) => instead ?? verdict);
}

function withoutNumber(verdict: Verdict, shared: ReadonlyMap<string, unknown>): Verdict | undefined {
  const { port } = verdict;
  const number = port.ofports.find((ofport) => shared.has(String(ofport)));
  if (number === undefined || verdict.kind === 'quarantined' || verdict.kind === 'stranger') return undefined;
  // What is no guest's is left as it is, and not believed.
  if (port.kind !== 'guest') return { kind: 'stranger', port };
  const message = `OVSDB says that another port of the bridge has its OpenFlow port number ${number}, too`;
  const remedy = 'it is opened when one of them has gone or has another number';
  return { kind: 'quarantined', port, quarantine: { code: 'duplicate-ofport', message, remedy, alarm: true } };
}

function settleAddresses(
  now: Derivation,
  bridge: string,
  verdicts: Dict<string, Verdict>,
  promiscuous: PromiscuousAddresses,
): Dict<string, Verdict> {
  const guests = now.each(`guests with addresses of ${bridge}`, [verdicts], [], (_, verdict) =>
    verdict?.kind === 'guest' ? verdict : undefined,
  );
  const claims = now.group(`claims of ${bridge}`, guests, claimsOf);
  const owned = now.once(`owned addresses for ${bridge}`, [promiscuous], () => ownedClaims(promiscuous));
  const contested = now.each(`contested addresses of ${bridge}`, [claims, owned], [], (_, claimants, isOwned) =>
    claimants !== undefined && (claimants.size > 1 || isOwned !== undefined) ? claimants : undefined,
  );
  // Who contests nothing has no part in what becomes of those who do.
  const closed = now.fold<Closed>(`closed by addresses of ${bridge}`, (last) => {
    if (last?.contested === contested && last.promiscuous === promiscuous) return last;
    const rivals = new Map(Array.from(contested.values()).flatMap((claimants) => [...claimants]));
    return { contested, promiscuous, verdicts: Dict.of(closedAmong(rivals, promiscuous, last?.verdicts)) };
  }).verdicts;
  return now.each(
    `settled addresses of ${bridge}`,
    [verdicts, closed],
    [],
    (_, verdict, instead) => instead ?? verdict,
  );
}

interface Closed {
  readonly contested: Dict<string, Dict<string, GuestEndpoint>>;
  readonly promiscuous: PromiscuousAddresses;
  readonly verdicts: Dict<string, Verdict>;
}

function claimsOf({ role: { primary }, mac, extraMacs }: GuestEndpoint): readonly string[] {
  return [mac, ...extraMacs].map((one) => `${primary} ${one}`);
}

function ownedClaims(promiscuous: PromiscuousAddresses): Dict<string, true> {
  return Dict.of(
    Array.from(promiscuous).flatMap(([primary, macs]) =>
      Array.from(macs.keys(), (mac) => [`${primary} ${mac}`, true] as const),
    ),
  );
}

/** Those of `rivals` that are closed; one that was so before for the same reason stays the same object. */
function closedAmong(
  rivals: ReadonlyMap<string, GuestEndpoint>,
  promiscuous: PromiscuousAddresses,
  last: Dict<string, Verdict> | undefined,
): readonly (readonly [string, Verdict])[] {
  const claims = new Map<string, Claim>();
  const closed: (readonly [string, Verdict])[] = [];
  for (const [key, guest] of [...rivals].sort(([, a], [, b]) => bySeniority(a, b))) {
    const quarantine = contradiction(guest, claims, promiscuous.get(guest.role.primary));
    if (quarantine !== undefined) {
      const before = last?.get(key);
      const isSame =
        before?.kind === 'quarantined' &&
        before.port === guest.port &&
        quarantineText(before.quarantine) === quarantineText(quarantine);
      closed.push([key, isSame ? before : { kind: 'quarantined', port: guest.port, quarantine }]);
      continue;
    }
    for (const mac of [guest.mac, ...guest.extraMacs]) {
      const claim = `${guest.role.primary} ${mac}`;
      if (!claims.has(claim)) claims.set(claim, { guest, shared: mac !== guest.mac });
    }
  }
  return closed;
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
