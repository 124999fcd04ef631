import type { DesiredBridge, JudgedPort } from '../desire/desired-bridge.ts';
import { macAddress } from '../pvlan/mac.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';

/** One end of the talk that is explained. */
export type Party =
  | { readonly kind: 'here'; readonly desired: DesiredBridge; readonly judged: JudgedPort }
  /** Nobody's address on this host; `promiscuousIn` says which primary VLANs have it in their list. */
  | { readonly kind: 'elsewhere'; readonly mac: string; readonly promiscuousIn: readonly VlanId[] };

/** No port, or more than one, goes by the name. */
export class PartyError extends Error {
  readonly code = 'VERIFY_PARTY';

  constructor(message: string) {
    super(message);
    this.name = 'PartyError';
  }
}

/** Finds who goes by `name`: a port's name, a guest's `iface-id`, or its MAC. @throws PartyError */
export function findParty(bridges: readonly DesiredBridge[], name: string): Party {
  const mac = macAddress(name);
  const ports = bridges.flatMap((desired) =>
    desired.ports.map((judged) => ({ kind: 'here' as const, desired, judged })),
  );
  const ways: readonly ((judged: JudgedPort) => boolean)[] = [
    ({ port }) => port.name === name,
    ({ port }) => port.ifaceId?.toLowerCase() === name.toLowerCase(),
    ({ port, verdict }) => verdict.kind !== 'quarantined' && macAddress(port.attachedMac ?? '') === mac,
    ({ port }) => macAddress(port.attachedMac ?? '') === mac,
    ({ verdict }) => verdict.kind === 'guest' && verdict.extraMacs.some((extra) => extra === mac),
  ];
  for (const [index, way] of ways.entries()) {
    if (index >= 2 && mac === undefined) break;
    const found = ports.filter(({ judged }) => way(judged));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (only !== undefined) {
      const names = found.map(({ desired, judged }) => `${judged.port.name} of ${desired.bridge}`).join(', ');
      throw new PartyError(`'${name}' is ${found.length} ports (${names}): name one of them by its port name`);
    }
  }
  if (mac === undefined) {
    throw new PartyError(`no port of this host goes by '${name}': give a port name, an iface-id or a MAC`);
  }
  const promiscuousIn = bridges.flatMap(({ primaries }) =>
    primaries.filter((plan) => plan.promiscuousMacs.includes(mac)).map(({ primary }) => primary),
  );
  return { kind: 'elsewhere', mac, promiscuousIn: [...new Set(promiscuousIn)] };
}
