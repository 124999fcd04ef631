import { vlanMode } from '../pvlan/vlan-setting.ts';
import type { ProvedPort } from './switch.ts';

/** The tags of a frame inside the bridge, outermost first, as NORMAL sees them; 0: none (`struct xvlan`, ofproto-dpif-xlate.c). */
export interface Vlans {
  readonly outer: number;
  readonly inner: number;
}

/**
 * The VLANs that NORMAL takes a frame from `port` to be in, which carries `outer` and `inner` (0: no tag, or a priority tag);
 * undefined where it refuses the frame (`input_vid_is_valid`, `xvlan_input_translate`).
 */
export function vlansIn({ vlan, cvlans }: ProvedPort, { outer, inner }: Vlans): Vlans | undefined {
  const tag = vlan.tag ?? 0;
  switch (vlanMode(vlan)) {
    case 'access':
      return outer === 0 ? { outer: tag, inner: 0 } : undefined;
    case 'native-tagged':
    case 'native-untagged':
      if (outer === 0) return { outer: tag, inner };
      return trunks(vlan.trunks, outer, tag) ? { outer, inner } : undefined;
    case 'dot1q-tunnel':
      return cvlans.length === 0 || cvlans.includes(outer) ? { outer: tag, inner: outer } : undefined;
    default:
      return vlan.trunks.length === 0 || vlan.trunks.includes(outer) ? { outer, inner } : undefined;
  }
}

/** Whether NORMAL may send a frame in `vlans` out by `port` (`xbundle_includes_vlan`). */
export function carries(port: ProvedPort, { outer, inner }: Vlans): boolean {
  const { vlan, cvlans } = port;
  const tag = vlan.tag ?? 0;
  switch (vlanMode(vlan)) {
    case 'access':
      return outer === tag && inner === 0;
    case 'native-tagged':
    case 'native-untagged':
      return trunks(vlan.trunks, outer, tag);
    case 'dot1q-tunnel':
      return outer === tag && (cvlans.length === 0 || cvlans.includes(inner));
    default:
      return vlan.trunks.length === 0 || vlan.trunks.includes(outer);
  }
}

/** The tags that a frame in `vlans` has when NORMAL sends it out by `port` (`xvlan_output_translate`). */
export function vlansOut({ vlan }: ProvedPort, vlans: Vlans): Vlans {
  switch (vlanMode(vlan)) {
    case 'access':
      return { outer: 0, inner: 0 };
    case 'native-untagged':
      return vlans.outer === (vlan.tag ?? 0) ? { outer: vlans.inner, inner: 0 } : vlans;
    case 'dot1q-tunnel':
      return { outer: vlans.inner, inner: 0 };
    default:
      return vlans;
  }
}

/** The native VLAN is carried whatever the list says, and VLAN 0 then is not (ofproto-dpif.c, `bundle_set`). */
function trunks(list: readonly number[], vid: number, native: number): boolean {
  if (native !== 0 && vid === 0) return false;
  return list.length === 0 || list.includes(vid) || (native !== 0 && vid === native);
}
