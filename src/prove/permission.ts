import { taggedWith, UNTAGGED_OR_PRIORITY, type Masked, type Match } from '../openflow/match.ts';
import { mayTalk } from '../pvlan/may-talk.ts';
import { groupOf, isConfined, type Role } from '../pvlan/role.ts';
import { carriesUntagged, vlanMode, type VlanSetting } from '../pvlan/vlan-setting.ts';
import { wireVlan } from '../pvlan/wire-mode.ts';
import type { Believed, Party } from './party.ts';

/** Which frames of one port may reach another: any, none, those that fit one of some matches as they come in, or nobody says. */
export type Permission = 'any' | 'none' | 'not judged' | readonly Match[];

/**
 * What the roles say of frames from `from` to `to` (RFC 5517 section 3), without a word about flows. `setting`: the VLAN setting of
 * the port that the frames come in by.
 */
export function permission(from: Party, to: Party, setting: VlanSetting, believed: readonly Believed[]): Permission {
  if (to.kind === 'outside' || to.kind === 'wire') return from.kind === 'quarantined' ? 'none' : 'not judged';
  if (from.kind === 'quarantined' || to.kind === 'quarantined') return 'none';
  switch (from.kind) {
    case 'guest':
      return betweenRoles(from, to);
    case 'promiscuous':
      return to.kind === 'promiscuous' ? 'not judged' : betweenRoles(from, to);
    case 'outside':
      return to.kind === 'promiscuous' ? 'not judged' : 'none';
    case 'wire':
      if (to.kind === 'promiscuous' || to.role === undefined) return 'not judged';
      return fromWire(
        to.role,
        setting,
        believed.filter(({ bridge }) => bridge === from.bridge),
      );
  }
}

function betweenRoles(from: Party, to: Party): Permission {
  const [one, other] = [from, to].map(rolesOf);
  return one?.some((left) => other?.some((right) => mayTalk(left, right))) === true ? 'any' : 'none';
}

/** A promiscuous trunk has its role in each of its primary VLANs. */
function rolesOf({ role, primaries }: Party): readonly Role[] {
  if (role === undefined || isConfined(role)) return role === undefined ? [] : [role];
  return primaries.map((primary) => ({ ...role, primary }));
}

/** What other switches may send a guest: frames of a router, or, where VLANs tell, of its community. */
function fromWire(role: Role, setting: VlanSetting, believed: readonly Believed[]): readonly Match[] {
  return believed
    .filter(({ primary }) => primary === role.primary)
    .flatMap(({ primary, wire, promiscuousMacs }): readonly Match[] => {
      if (wire.kind === 'single') {
        return promiscuousMacs.flatMap((mac) =>
          tagsOf(setting, primary).map((vlan): Match => ({ ...vlan, ethSrc: { value: mac } })),
        );
      }
      const own = groupOf(role) === undefined ? undefined : wireVlan(role, wire);
      return [primary, ...(own === undefined ? [] : [own])].flatMap((vid) => tagsOf(setting, vid));
    });
}

/** How frames of VLAN `vid` look when they come in by a port with `setting`. */
function tagsOf(setting: VlanSetting, vid: number): readonly { readonly vlan?: Masked<number> }[] {
  if (vlanMode(setting) === 'dot1q-tunnel') return setting.tag === vid ? [{}] : [];
  return [{ vlan: taggedWith(vid) }, ...(carriesUntagged(setting, vid) ? [{ vlan: UNTAGGED_OR_PRIORITY }] : [])];
}
