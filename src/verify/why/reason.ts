import type { IpPrefix } from '../../pvlan/guest-facts.ts';
import { isWithin, formatIpPrefix } from '../../pvlan/ip-prefix.ts';
import type { Role } from '../../pvlan/role.ts';
import { quarantineText, type Verdict } from '../../pvlan/verdict.ts';
import type { WireMode } from '../../pvlan/wire-mode.ts';
import { portLabel, type Party, type PartyElsewhere, type PartyHere } from '../party.ts';
import { pairRule, type PairRule } from '../pair-rule.ts';
import { stationsOf } from '../station.ts';
import type { Account } from './account.ts';
import { primariesOf, type Entrance } from './entrance.ts';

/** What becomes of frames one way, in one word. */
export type Outcome =
  /** They arrive, and may. */
  | 'reaches'
  /** They do not arrive, and may not. */
  | 'kept-apart'
  /** They do not arrive, and the roles have no say. */
  | 'not-reached'
  /** They do not arrive, though the roles allow it. */
  | 'refused'
  /** They arrive, though the roles forbid it. */
  | 'against-roles'
  /** They leave this host; another one decides the rest. */
  | 'goes-out'
  /** The receiver is elsewhere, and nothing leaves this host. */
  | 'stays-here'
  /** What ovs-vswitchd answers is not understood. */
  | 'unclear'
  /** There is no way in for them. */
  | 'no-way';

export interface Reason {
  readonly outcome: Outcome;
  /** Why, as the rest of a sentence that begins with what becomes of them. */
  readonly because: string;
  /** What the operator can do, where something is to be done. */
  readonly remedy: string | undefined;
}

export interface Findings {
  readonly from: Party;
  readonly to: Party;
  readonly entrance: Entrance | undefined;
  readonly address: IpPrefix | undefined;
  readonly accounts: readonly Account[];
}

/** Whether the roles let frames of `from` reach `to`; undefined where they have no say, or only another host knows. */
export function mayReach(from: Party, to: Party, entrance: Entrance | undefined): boolean | undefined {
  if (isClosed(from) || isClosed(to)) return false;
  if (from.kind === 'here') return ruleBetween(from, to).mayTalk;
  return to.kind === 'here' ? wireRule(from, to, entrance)?.may : undefined;
}

/** The rule for frames from a port of this host. */
export function ruleBetween(from: PartyHere, to: Party): PairRule {
  return pairRule(stationOf(from), to.kind === 'here' ? stationOf(to) : undefined, to);
}

/** Why frames one way fare as they do. Pure. */
export function reasonOf(findings: Findings): Reason {
  const { from, to, entrance, address, accounts } = findings;
  const closed = [from, to].find(isClosed);
  const [account] = accounts;
  if (closed?.kind === 'here') return closedReason(closed, account?.arrives === true);
  if (entrance === undefined || account === undefined) return noWay(from, to);
  if (account.unclear !== undefined) return { outcome: 'unclear', because: account.unclear, remedy: undefined };
  if (to.kind === 'elsewhere') return outwardReason(findings, to, account);
  const may = mayReach(from, to, entrance);
  const arrives = accounts.some((one) => one.arrives === true);
  const wrongAddress = arrives ? undefined : pinReason(from, address);
  if (wrongAddress !== undefined && may !== false) return wrongAddress;
  const rule = ruleText(findings, to);
  const outcome = outcomeOf(may, arrives);
  if (outcome === 'refused') {
    return {
      outcome,
      because: `${rule.because}, yet the switch drops it`,
      remedy: "run 'pvlan-agent status' and see what it waits for",
    };
  }
  if (outcome === 'against-roles') {
    return {
      outcome,
      because: `${rule.because}, yet the switch delivers it`,
      remedy: 'remove the flow that lets it through, or start the agent',
    };
  }
  return { outcome, because: rule.because, remedy: arrives ? undefined : rule.remedy };
}

function outcomeOf(may: boolean | undefined, arrives: boolean): Outcome {
  if (arrives) return may === false ? 'against-roles' : 'reaches';
  if (may === undefined) return 'not-reached';
  return may ? 'refused' : 'kept-apart';
}

function closedReason({ judged }: PartyHere, arrives: boolean): Reason {
  const verdict = judged.verdict as Extract<Verdict, { kind: 'quarantined' }>;
  return {
    outcome: arrives ? 'against-roles' : 'kept-apart',
    because: `${portLabel(judged)} is closed: ${verdict.quarantine.message}`,
    remedy: verdict.quarantine.remedy ?? quarantineText({ message: verdict.quarantine.code, remedy: undefined }),
  };
}

function noWay(from: Party, to: Party): Reason {
  const because =
    from.kind === 'here'
      ? `ovs-vswitchd has given port ${from.judged.port.name} no number`
      : `no port of this host leads to other switches in the VLAN of ${to.kind === 'here' ? portLabel(to.judged) : to.mac}`;
  return { outcome: 'no-way', because, remedy: undefined };
}

function outwardReason({ from, address }: Findings, to: PartyElsewhere, account: Account): Reason {
  const out = account.exits.filter(({ member }) => !member);
  if (out.length > 0) {
    return { outcome: 'goes-out', because: farText(from, to), remedy: undefined };
  }
  return (
    pinReason(from, address) ?? {
      outcome: 'stays-here',
      because: `nothing of it leaves this host`,
      remedy: undefined,
    }
  );
}

/** What this host knows of a receiver elsewhere. */
function farText(from: Party, to: PartyElsewhere): string {
  const rule = from.kind === 'here' ? ruleBetween(from, to) : undefined;
  if (rule?.kind === 'apart') return apartText(rule);
  return rule?.mayTalk === true ? 'it is a listed router' : 'only its own host knows what it is';
}

/** A sender that is held to addresses, and used another one. */
function pinReason(from: Party, address: IpPrefix | undefined): Reason | undefined {
  if (address === undefined || from.kind === 'elsewhere') return undefined;
  const pinned = stationOf(from)?.addresses;
  if (pinned === undefined || pinned.some((one) => isWithin(address, one))) return undefined;
  const may = pinned.length === 0 ? 'no address' : pinned.map(formatIpPrefix).join(', ');
  return {
    outcome: 'refused',
    because: `${portLabel(from.judged)} may use ${may}, and ${formatIpPrefix(address)} is none of it`,
    remedy: "correct its addresses in its domain's metadata, or under 'guests' in the configuration",
  };
}

interface Rule {
  readonly because: string;
  readonly remedy: string | undefined;
}

function ruleText({ from, entrance }: Findings, to: PartyHere): Rule {
  if (from.kind === 'elsewhere') return wireRule(from, to, entrance) ?? NO_SAY;
  return { because: rolesText(from, to), remedy: undefined };
}

const NO_SAY: Rule = {
  because: 'one of the two is outside every Private VLAN, so that the roles have no say',
  remedy: undefined,
};

function rolesText(from: PartyHere, to: PartyHere): string {
  const rule = ruleBetween(from, to);
  if (rule.kind === 'apart') return apartText(rule);
  const other = to.judged.verdict;
  if (rule.kind !== 'roles' || !('role' in other)) return NO_SAY.because;
  return sharedText(rule.role, other.role);
}

function apartText({ sender, receiver }: Extract<PairRule, { kind: 'apart' }>): string {
  const vlans = (primaries: readonly number[]): string => primaries.map((primary) => `VLAN ${primary}`).join(', ');
  return `a Private VLAN ends with its VLAN: the sender is in ${vlans(sender)}, the receiver in ${vlans(receiver)}`;
}

/** Of two that are in one Private VLAN. */
function sharedText(from: Role, to: Role): string {
  if (to.kind === 'promiscuous') return 'the receiver is a router (promiscuous, RFC 5517)';
  if (from.kind === 'promiscuous') return 'the sender is a router (promiscuous, RFC 5517)';
  if (from.kind === 'isolated' && to.kind === 'isolated') return 'both are isolated (RFC 5517)';
  if (from.kind === 'community' && to.kind === 'community') {
    return from.community === to.community
      ? `both are of community ${from.community} (RFC 5517)`
      : `one is of community ${from.community}, the other of ${to.community} (RFC 5517)`;
  }
  return 'one is isolated, the other of a community (RFC 5517)';
}

/** What other switches may bring to `to`, by the sender's address or by the VLAN its frames come in. */
function wireRule(
  from: PartyElsewhere,
  { desired, judged }: PartyHere,
  entrance: Entrance | undefined,
): (Rule & { readonly may: boolean }) | undefined {
  const { verdict } = judged;
  if (verdict.kind !== 'guest' && verdict.kind !== 'promiscuous') return undefined;
  const primary = from.promiscuousIn.find((vid) => primariesOf(judged).includes(vid)) ?? verdict.role.primary;
  if (verdict.kind === 'promiscuous') {
    return { may: true, because: 'the receiver is a router (promiscuous, RFC 5517)', remedy: undefined };
  }
  const wire = desired.primaries.find((plan) => plan.primary === primary)?.wire;
  if (wire?.kind === 'secondary') return secondaryRule(wire, primary, verdict, entrance);
  if (from.promiscuousIn.includes(primary)) {
    return { may: true, because: `${from.mac} is a listed router of VLAN ${primary}`, remedy: undefined };
  }
  return {
    may: false,
    because: `${from.mac} is no listed router of VLAN ${primary}, and guests hear nobody else from other switches`,
    remedy: `if it is a router, list it on every host: pvlans: [{ primary: ${primary}, promiscuousMacs: ['${from.mac}'] }]`,
  };
}

function secondaryRule(
  wire: Extract<WireMode, { kind: 'secondary' }>,
  primary: number,
  { role }: Extract<Verdict, { kind: 'guest' }>,
  entrance: Entrance | undefined,
): Rule & { readonly may: boolean } {
  const vid = entrance?.vid ?? primary;
  if (vid === primary) return { may: true, because: `VLAN ${vid} on the wire is that of routers`, remedy: undefined };
  const community = [...wire.communities].find(([, id]) => id === vid)?.[0];
  const may = role.kind === 'community' && community === role.community;
  const whose = community === undefined ? 'isolated guests' : `community ${community}`;
  return { may, because: `VLAN ${vid} on the wire is that of ${whose}`, remedy: undefined };
}

function isClosed(party: Party): boolean {
  return party.kind === 'here' && party.judged.verdict.kind === 'quarantined';
}

function stationOf({ desired, judged }: PartyHere): ReturnType<typeof stationsOf>[number] | undefined {
  return stationsOf(desired).find(({ name }) => name === judged.port.name);
}
