import { NotUnderstoodError } from './errors.ts';
import type { TraceStep } from './trace-steps.ts';

/** A unicast frame as it comes to the action NORMAL. */
export interface NormalVisit {
  /** VLAN id in the frame's tag; 0 without a tag. */
  readonly vid: number;
  readonly src: string;
  /** It comes as the frame of a port, so that NORMAL may learn where its sender is. */
  readonly fromPort: boolean;
  /** Whether NORMAL knows where the destination is; `refused`: it drops the frame, and learns nothing. */
  readonly outcome: 'known' | 'unknown' | 'refused';
}

const VID = 0xfff;

/**
 * Every time that a traced frame came to NORMAL in the bridge that it came in by, in order. `start`: its tag and source then.
 * @throws NotUnderstoodError where the effect of an action on these is not known
 */
export function normalVisits(
  steps: readonly TraceStep[],
  start: { readonly vid: number | undefined; readonly src: string },
): readonly NormalVisit[] {
  const visits: NormalVisit[] = [];
  let [vid, src, fromPort] = [start.vid ?? 0, start.src, true];
  const effects = steps.filter(({ bridge }) => bridge === steps[0]?.bridge).flatMap((step) => step.effects);
  for (const [index, effect] of effects.entries()) {
    if (effect === 'NORMAL') visits.push({ vid, src, fromPort, outcome: outcomeOf(effects.slice(index + 1)) });
    else {
      vid = vidAfter(effect) ?? vid;
      src = sourceAfter(effect) ?? src;
      fromPort = fromPortAfter(effect) ?? fromPort;
    }
  }
  return visits;
}

/** What NORMAL remarked (OVS `ofproto/ofproto-dpif-xlate.c`, xlate_normal), by the lines after it. */
function outcomeOf(lines: readonly string[]): NormalVisit['outcome'] {
  const end = lines.findIndex((line) => !isRemark(line));
  const remarks = lines.slice(0, end < 0 ? lines.length : end).join('\n');
  if (remarks.includes('no learned MAC for destination')) return 'unknown';
  return /forwarding to learned port|learned port is/.test(remarks) ? 'known' : 'refused';
}

/** The VLAN id that the line leaves in the frame's tag; undefined where it leaves it as it is. */
function vidAfter(line: string): number | undefined {
  if (!/vlan/i.test(line)) return undefined;
  if (/^(?:(?:pop|strip)_vlan$|push_vlan:)/.test(line)) return 0;
  const tci =
    /^(?:set_field|load):(0x[0-9a-f]+|0)(?:\/(0x[0-9a-f]+))?->(?:vlan_tci|NXM_OF_VLAN_TCI\[(?:0\.\.1[1-5])?\])$/.exec(
      line,
    );
  const isWhole = (Number(tci?.[2] ?? VID) & VID) === VID;
  const value =
    (isWhole ? tci?.[1] : undefined) ??
    /^(?:mod_vlan_vid:|set_field:)(\d+)(?:->vlan_vid)?$/.exec(line)?.[1] ??
    /^-> NXM_OF_VLAN_TCI\[\] is now (0x[0-9a-f]+|0)$/.exec(line)?.[1];
  if (value !== undefined) return Number(value) & VID;
  refuseWrite(line, /->NXM_OF_VLAN_TCI/);
  return undefined;
}

function sourceAfter(line: string): string | undefined {
  if (!/eth_src|dl_src/i.test(line)) return undefined;
  const value =
    /^(?:set_field|mod_dl_src):([0-9a-f:]{17})(?:->eth_src)?$/.exec(line)?.[1] ??
    /^-> NXM_OF_ETH_SRC\[\] is now ([0-9a-f:]{17})$/.exec(line)?.[1];
  if (value === undefined) refuseWrite(line, /->NXM_OF_ETH_SRC/);
  return value;
}

function fromPortAfter(line: string): boolean | undefined {
  if (!/->(?:NXM_OF_)?in_port/i.test(line)) return undefined;
  const value = /^(?:set_field|load):([^->]+)->(?:NXM_OF_)?in_port(?:_oxm)?(?:\[\])?$/i.exec(line)?.[1];
  if (value !== undefined) return value !== 'ANY' && Number(value) !== 0xffff;
  throw new NotUnderstoodError('the effect of an action is not understood', line);
}

/** Lines that leave the field as it is are moves to elsewhere, and remarks; a move to it tells in a remark what it is then. */
function refuseWrite(line: string, target: RegExp): void {
  const isMove = line.startsWith('move:') && (!target.test(line) || line.endsWith('[]'));
  if (!isMove && !isRemark(line)) throw new NotUnderstoodError('the effect of an action is not understood', line);
}

function isRemark(line: string): boolean {
  return /^(?:->|>>|>>>>) /.test(line);
}
