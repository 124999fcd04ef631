import { nearest } from '../base/nearest.ts';
import type { DesiredBridge, JudgedPort } from '../desire/desired-bridge.ts';
import { macAddress, type Mac } from '../pvlan/mac.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';

/** A port of this host. */
export interface PartyHere {
  readonly kind: 'here';
  readonly desired: DesiredBridge;
  readonly judged: JudgedPort;
}

/** An address that no port of this host has; `promiscuousIn` says which primary VLANs have it in their list. */
export interface PartyElsewhere {
  readonly kind: 'elsewhere';
  readonly mac: Mac;
  readonly promiscuousIn: readonly VlanId[];
}

/** One end of a talk. */
export type Party = PartyHere | PartyElsewhere;

/** No port, or more than one, goes by the name. */
export class PartyError extends Error {
  readonly code = 'VERIFY_PARTY';

  constructor(message: string) {
    super(message);
    this.name = 'PartyError';
  }
}

/**
 * Finds who goes by `name`: the name of a port or of a guest's domain, the `iface-id` of a NIC, the uuid of a domain, or a MAC.
 * What is more precise comes first. @throws PartyError where nobody does, or several do
 */
export function findParty(bridges: readonly DesiredBridge[], name: string): Party {
  const mac = macAddress(name);
  const text = name.toLowerCase();
  const ports = bridges.flatMap((desired) =>
    desired.ports.map((judged): PartyHere => ({ kind: 'here', desired, judged })),
  );
  const byName: readonly ((judged: JudgedPort) => boolean)[] = [
    ({ port }) => port.name === name,
    ({ port }) => port.guestName === name,
    ({ port }) => port.ifaceId?.toLowerCase() === text,
    ({ port }) => port.vmId?.toLowerCase() === text,
  ];
  const byMac: readonly ((judged: JudgedPort) => boolean)[] = [
    ({ port, verdict }) => verdict.kind !== 'quarantined' && macAddress(port.attachedMac ?? '') === mac,
    ({ port }) => macAddress(port.attachedMac ?? '') === mac,
    ({ verdict }) => verdict.kind === 'guest' && verdict.extraMacs.some((extra) => extra === mac),
    ({ port }) => macAddress(port.ownMac ?? '') === mac,
  ];
  for (const way of [...byName, ...(mac === undefined ? [] : byMac)]) {
    const [only, ...others] = ports.filter(({ judged }) => way(judged));
    if (only !== undefined && others.length === 0) return only;
    if (only !== undefined) throw new PartyError(severalText(name, [only, ...others]));
  }
  if (mac === undefined) throw new PartyError(nobodyText(name, ports));
  const promiscuousIn = bridges.flatMap(({ primaries }) =>
    primaries.filter((plan) => plan.promiscuousMacs.includes(mac)).map(({ primary }) => primary),
  );
  return { kind: 'elsewhere', mac, promiscuousIn: [...new Set(promiscuousIn)] };
}

/** What a port is called: its guest and itself, where libvirt tells the guest's name. */
export function portLabel({ port }: JudgedPort): string {
  return port.guestName === undefined ? port.name : `${port.guestName} (${port.name})`;
}

function severalText(name: string, found: readonly PartyHere[]): string {
  const places = found.map(({ desired, judged: { port } }) => {
    const mac = port.attachedMac === undefined ? '' : `, ${port.attachedMac}`;
    return `${port.name} of ${desired.bridge}${mac}`;
  });
  return `'${name}' has ${found.length} ports (${places.join('; ')}): name one of them by its port's name`;
}

function nobodyText(name: string, ports: readonly PartyHere[]): string {
  const known = ports.flatMap(({ judged: { port } }) => [
    port.name,
    ...(port.guestName === undefined ? [] : [port.guestName]),
  ]);
  const near = nearest(name, known);
  return near === undefined
    ? `no port of this host goes by '${name}': give the name of a guest or a port, a MAC or a uuid ('pvlan-agent status' lists them)`
    : `no port of this host goes by '${name}': did you mean '${near}'?`;
}
