/**
 * Which frames NORMAL takes from the members of a bond. What it refuses is a copy of what another member brings, or of what
 * the bond itself sent; an explicit output knows nothing of that.
 */
export interface BondAdmission {
  /** Members of which it takes no frame, by their OpenFlow port numbers. */
  readonly closed: readonly number[];
  /** Members of which it takes no frame for a group address. */
  readonly closedToGroups: readonly number[];
  /** What the bond sends may come back by another member: NORMAL refuses senders that it knows to be elsewhere. */
  readonly mayReflect: boolean;
}

/** A bond as Open vSwitch's database describes it. */
export interface Bond {
  /** `bond_mode`; undefined stands for active-backup. */
  readonly mode: string | undefined;
  /** LACP: not configured, configured without an answer from the other side, or agreed on. */
  readonly lacp: 'off' | 'unanswered' | 'negotiated';
  /** `lacp-fallback-ab`: without an answer it is an active-backup bond. */
  readonly fallback: boolean;
  /** `all-members-active`: group addresses are taken from every member. */
  readonly allActive: boolean;
  readonly members: readonly number[];
  /** Those that are the active member; empty while none is known. */
  readonly active: readonly number[];
}

/** OVS `ofproto/bond.c`, `bond_check_admissibility`. */
export function admissionOf({ mode, lacp, fallback, allActive, members, active }: Bond): BondAdmission {
  const others = members.filter((member) => !active.includes(member));
  const admission = { closed: [], closedToGroups: [], mayReflect: false };
  if (lacp === 'negotiated') return admission;
  if (lacp === 'unanswered' && !fallback) return { ...admission, closed: members };
  if (mode === 'balance-slb') {
    return { ...admission, closedToGroups: allActive ? [] : others, mayReflect: true };
  }
  if (mode === 'balance-tcp' && !(lacp === 'unanswered' && fallback)) return { ...admission, closed: members };
  return { ...admission, closed: others };
}
