import { mayTalk } from '../pvlan/may-talk.ts';
import type { Role } from '../pvlan/role.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { Party } from './party.ts';
import { memberOf, type Station } from './station.ts';

/** Why the roles let one party talk to another, or do not. */
export type PairRule =
  /** Both are in the Private VLAN of `role`, the sender's there. */
  | { readonly kind: 'roles'; readonly role: Role; readonly mayTalk: boolean }
  /** They share no Private VLAN. A router's trunk may carry a VLAN that nobody stated, so nothing is said of what reaches one. */
  | {
      readonly kind: 'apart';
      readonly sender: readonly VlanId[];
      readonly receiver: readonly VlanId[];
      readonly mayTalk: false | undefined;
    }
  /** One of the two is closed. */
  | { readonly kind: 'closed'; readonly mayTalk: false }
  /** Nobody on this host knows the receiver. */
  | { readonly kind: 'unknown'; readonly role: Role; readonly mayTalk: undefined }
  /** One of the two is in no Private VLAN. */
  | { readonly kind: 'outside'; readonly mayTalk: undefined };

/** The rule for frames from a port of this host to `party`; stations are undefined for ports outside. */
export function pairRule(sender: Station | undefined, receiver: Station | undefined, party: Party): PairRule {
  if (isClosed(sender) || isClosed(receiver)) return { kind: 'closed', mayTalk: false };
  if (sender?.role === undefined) return { kind: 'outside', mayTalk: undefined };
  if (party.kind === 'elsewhere') return ruleForElsewhere(sender, sender.role, party.promiscuousIn);
  if (receiver?.role === undefined) return { kind: 'outside', mayTalk: undefined };
  const shared = sharedVlan(primariesOf(sender), primariesOf(receiver));
  if (shared !== undefined) {
    const [from, to] = [sender, receiver].map((station) => memberOf(station, shared)?.role);
    if (from !== undefined && to !== undefined) return { kind: 'roles', role: from, mayTalk: mayTalk(from, to) };
  }
  return {
    kind: 'apart',
    sender: primariesOf(sender),
    receiver: primariesOf(receiver),
    mayTalk: receiver.role.kind === 'promiscuous' ? undefined : false,
  };
}

function ruleForElsewhere(sender: Station, role: Role, promiscuousIn: readonly VlanId[]): PairRule {
  if (promiscuousIn.length === 0) return { kind: 'unknown', role, mayTalk: undefined };
  const primaries = primariesOf(sender);
  const shared = sharedVlan(primaries, promiscuousIn);
  return shared === undefined
    ? { kind: 'apart', sender: primaries, receiver: promiscuousIn, mayTalk: undefined }
    : { kind: 'roles', role: memberOf(sender, shared)?.role ?? role, mayTalk: true };
}

function isClosed(station: Station | undefined): boolean {
  return station !== undefined && station.role === undefined;
}

function primariesOf({ role, alsoIn }: Station): readonly VlanId[] {
  return role === undefined ? alsoIn : [role.primary, ...alsoIn];
}

function sharedVlan(one: readonly VlanId[], other: readonly VlanId[]): VlanId | undefined {
  return one.find((vid) => other.includes(vid));
}
