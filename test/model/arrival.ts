import { isInPvlan, isTunnel, vlansEntered } from './may-deliver.ts';
import type { Network } from './may-deliver.ts';
import type { SeenFrame } from './seen-frame.ts';
import type { Station } from './station.ts';

/**
 * The lists of VLAN ids with which a frame that may arrive is allowed to do so. Guests and access ports get it without the
 * tag of the VLAN that brought it, trunks with it; tags that the sender put behind that one are content and stay.
 */
export function arrivalTags(sender: Station, receiver: Station, frame: SeenFrame, network: Network): number[][] {
  const content = (depth: number): number[] => frame.tags.slice(depth).map(({ vid }) => vid);
  const isPriority = frame.tags[0]?.vid === 0;
  const isTrunk = receiver.port.kind === 'trunk' || (receiver.port.kind === 'promiscuous' && receiver.port.tagged);
  return vlansEntered(sender.port, frame, network).flatMap((vlan, depth) => {
    if (isTunnel(sender.port)) {
      // A tag with VID 0 that is content is kept or not, as between trunks. Access ports of the same bridge take off both.
      const isLost = isPriority || sender.place === receiver.place;
      const rests = isLost ? [content(depth), content(depth + 1)] : [content(depth)];
      return rests.flatMap((rest) => withOuterTag(sender, receiver, vlan, rest));
    }
    // Between trunks, a tag with VID 0 is kept or not: a cached flow for untagged frames may forward it as it is.
    const asSent = isTrunk && !isInPvlan(receiver.port) && isPriority ? [content(0)] : [];
    return [...asSent, ...withOuterTag(sender, receiver, vlan, content(depth + 1))];
  });
}

/** The tags before `rest`: a Private VLAN's frames show promiscuous stations the primary VLAN, and links the VLAN of who sent them. */
function withOuterTag({ port: from }: Station, { port: to }: Station, vlan: number, rest: number[]): number[][] {
  if (to.kind === 'promiscuous') return [to.tagged ? [to.pvlan.primary, ...rest] : rest];
  if (to.kind !== 'trunk') return [rest];
  const outer = isInPvlan(from) ? [vlan, ...from.pvlan.secondaries] : [vlan];
  return outer.map((vid) => (vid === 0 ? rest : [vid, ...rest]));
}
