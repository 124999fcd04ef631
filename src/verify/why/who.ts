import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import type { Role } from '../../pvlan/role.ts';
import { allowed } from '../judge-copies.ts';
import { portLabel, type PartyHere } from '../party.ts';
import { stationsOf, type Station } from '../station.ts';

/** Another port of the Private VLAN, in the operator's words. */
export interface Peer {
  readonly bridge: string;
  readonly port: string;
  /** Its guest and itself. */
  readonly label: string;
  readonly role: Role;
  readonly mayReach: boolean;
}

/** Whom one port may talk to, by the roles. */
export interface Company {
  readonly party: PartyHere;
  /** Undefined for a port without a role. */
  readonly role: Role | undefined;
  readonly peers: readonly Peer[];
  /** Routers elsewhere whose frames are believed. */
  readonly listed: readonly string[];
}

/** Whom `party` may talk to, by the roles of the ports of all `bridges`. Pure. */
export function companyOf(bridges: readonly DesiredBridge[], party: PartyHere): Company {
  const stations = bridges.flatMap((desired) => stationsOf(desired));
  const self = stations.find(({ bridge, name }) => bridge === party.desired.bridge && name === party.judged.port.name);
  const role = self?.role;
  if (self === undefined || role === undefined) return { party, role: undefined, peers: [], listed: [] };
  const labels = new Map(
    bridges.flatMap(({ bridge, ports }) =>
      ports.map((judged) => [`${bridge}\n${judged.port.name}`, portLabel(judged)] as const),
    ),
  );
  const peers = stations.flatMap((other): Peer[] => {
    const theirs = roleIn(other, [role.primary, ...self.alsoIn]);
    if (other === self || theirs === undefined) return [];
    const { bridge, name } = other;
    const label = labels.get(`${bridge}\n${name}`) ?? name;
    return [{ bridge, port: name, label, role: theirs, mayReach: allowed(self, { ...other, role: theirs }) }];
  });
  const plan = party.desired.primaries.find(({ primary }) => primary === role.primary);
  const listed = plan?.promiscuousMacs.filter((mac) => !plan.localMacs.includes(mac)) ?? [];
  return { party, role, peers, listed };
}

/** What a station is in one of `primaries`; undefined where it has no part in them. */
function roleIn({ role, alsoIn }: Station, primaries: readonly number[]): Role | undefined {
  if (role === undefined || primaries.includes(role.primary)) return role;
  const [shared] = alsoIn.filter((primary) => primaries.includes(primary));
  return shared === undefined ? undefined : { kind: 'promiscuous', primary: shared };
}
