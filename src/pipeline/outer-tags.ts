import type { Verdict } from '../pvlan/verdict.ts';
import { vlanMode } from '../pvlan/vlan-setting.ts';

/**
 * VLANs whose tag a frame loses on its way to another switch: none (a priority tag), native VLANs, and the access VLANs of
 * links. Behind a plain access port there is a station, which no inner tag takes further.
 */
export function outerTagsThatGo(wires: Iterable<Verdict>): readonly number[] {
  const untagged = Array.from(wires).flatMap(({ kind, port }) => {
    const mode = vlanMode(port.vlan);
    const leadsOn = kind === 'wire' && mode !== 'trunk' && (mode !== 'access' || port.kind === 'link');
    return leadsOn && port.vlan.tag !== undefined ? [port.vlan.tag] : [];
  });
  return [...new Set([0, ...untagged])].sort((a, b) => a - b);
}
