import { isInPvlan, vlansEntered } from './may-deliver.ts';
import type { Network } from './may-deliver.ts';
import type { SeenFrame } from './seen-frame.ts';
import type { Station } from './station.ts';

/**
 * The lists of VLAN ids with which a frame that may arrive is allowed to do so. Guests and access ports get it without the
 * tag of the VLAN that brought it, trunks with it; tags that the sender put behind that one are content and stay.
 */
export function arrivalTags(sender: Station, receiver: Station, frame: SeenFrame, network: Network): number[][] {
  const content = (depth: number): number[] => frame.tags.slice(depth).map(({ vid }) => vid);
  const isTrunk = receiver.port.kind === 'trunk' || (receiver.port.kind === 'promiscuous' && receiver.port.tagged);
  return vlansEntered(sender.port, frame, network).flatMap((vlan, depth) => {
    const rest = content(depth + 1);
    // Between trunks, a tag with VID 0 is kept or not: a cached flow for untagged frames may forward it as it is.
    const asSent = isTrunk && frame.tags[0]?.vid === 0 ? [content(0)] : [];
    if (!isTrunk) return [rest];
    // A Private VLAN's frames show promiscuous stations the primary VLAN, and links the VLAN of who sent them.
    const { port } = receiver;
    if (port.kind === 'promiscuous') return [[port.pvlan.primary, ...rest]];
    const outer = isInPvlan(sender.port) ? [vlan, ...sender.port.pvlan.secondaries] : [vlan];
    return [...asSent, ...outer.map((vid) => (vid === 0 ? rest : [vid, ...rest]))];
  });
}
