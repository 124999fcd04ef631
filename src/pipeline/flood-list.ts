import { Dict } from '../base/dict.ts';
import type { Action } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import { primaryCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { knowing } from './registers.ts';
import { outputTo, STRIP_TAG } from './steps.ts';

// Who gets a frame for a group: every guest of a primary VLAN, or every member of a community. One flow holds about 4,080 outputs, for an
// OpenFlow message has at most 65,535 bytes; and that flow would have to be sent again, whole, for each guest that comes or goes. So a
// long list is cut into slices, each a flow of a table of its own, that the list's flow visits one after the other. A guest that comes or goes
// changes its slice alone, and one time in SLICE the list of slices.

/** A guest in flood lists. */
export interface Listed {
  readonly ofport: number;
  readonly primary: VlanId;
  /** Its community's number; 0: none. */
  readonly community: number;
}

interface Slice {
  /** Every port from this number on, up to the next slice, belongs here. */
  readonly first: number;
  /** In order. */
  readonly ports: readonly number[];
  readonly flow: Flow;
}

/** One flood list; a value. Its form depends on its ports alone, whatever the order in which they came. */
export interface FloodList extends Omit<Listed, 'ofport'> {
  readonly members: Dict<string, Listed>;
  readonly slices: readonly Slice[];
}

/** How many ports a slice has on average. ovs-vswitchd follows 4,096 resubmits for a frame (ofproto-dpif-xlate.c, MAX_RESUBMITS). */
const SLICE = 32;
/** Up to so many ports are named by the list's own flow. */
const UNCUT = 64;
/** In register 7, beside the slice: the members of a community, as opposed to every guest. */
const MEMBERS = 0x10000;

/** The names of the lists that a guest is on. */
export function listsOf({ primary, community }: Listed): readonly string[] {
  return community === 0 ? [everyone(primary)] : [everyone(primary), membersOf(primary, community)];
}

/** The list of every guest of a primary VLAN. */
export function everyone(primary: VlanId): string {
  return String(primary);
}

/** The list of the members of a community. */
export function membersOf(primary: VlanId, community: number): string {
  return `${primary} ${community}`;
}

/** The list called `name` with `members`, of which `last` is an earlier state. */
export function floodList(
  name: string,
  last: FloodList | undefined,
  members: Dict<string, Listed>,
  layout: Layout,
): FloodList {
  let slices = last?.slices ?? [];
  const differences = Dict.differences(last?.members ?? Dict.empty<string, Listed>(), members).filter(
    ({ before, after }) => before?.ofport !== after?.ofport,
  );
  // Two ports may have changed numbers: what goes comes before what comes.
  for (const { before } of differences) if (before !== undefined) slices = without(slices, before, name, layout);
  for (const { after } of differences) if (after !== undefined) slices = including(slices, after, name, layout);
  const [{ primary, community } = { primary: 0 as VlanId, community: 0 }] = members.values();
  return { primary, community: name === everyone(primary) ? 0 : community, members, slices };
}

/** Actions that give a frame to every port of the list, untagged. They leave the frame untagged. */
export function toList(list: FloodList | undefined, layout: Layout): readonly Action[] {
  if (list === undefined || list.slices.length === 0) return [];
  if (list.members.size <= UNCUT) {
    return [STRIP_TAG, ...list.slices.flatMap(({ ports }) => ports).map((ofport) => outputTo(ofport))];
  }
  return [
    STRIP_TAG,
    ...list.slices.flatMap(({ flow }): Action[] => [
      { type: 'load', to: { field: 'reg7', offset: 0, bits: 32 }, value: BigInt(flow.match.regs?.[7]?.value ?? 0) },
      { type: 'resubmit', table: layout.flood },
    ]),
  ];
}

/** The flows of the list's slices. */
export function sliceFlows({ members, slices }: FloodList): readonly Flow[] {
  return members.size <= UNCUT ? [] : slices.map(({ flow }) => flow);
}

function including(slices: readonly Slice[], listed: Listed, name: string, layout: Layout): readonly Slice[] {
  const { ofport } = listed;
  const make = sliceMaker(listed, name, layout);
  const at = indexFor(slices, ofport);
  const slice = slices[at];
  if (slice === undefined) {
    const first = isFirst(ofport) ? ofport : 0;
    return [make(first, [ofport]), ...slices];
  }
  const before = slice.ports.filter((port) => port < ofport);
  const after = slice.ports.filter((port) => port > ofport);
  const replaced =
    isFirst(ofport) && slice.first !== ofport
      ? [...(before.length === 0 ? [] : [make(slice.first, before)]), make(ofport, [ofport, ...after])]
      : [make(slice.first, [...before, ofport, ...after])];
  return [...slices.slice(0, at), ...replaced, ...slices.slice(at + 1)];
}

function without(slices: readonly Slice[], listed: Listed, name: string, layout: Layout): readonly Slice[] {
  const { ofport } = listed;
  const make = sliceMaker(listed, name, layout);
  const at = indexFor(slices, ofport);
  const slice = slices[at];
  if (slice === undefined) return slices;
  const left = slice.ports.filter((port) => port !== ofport);
  const following = slices.slice(at + 1);
  if (slice.first !== ofport) {
    return [...slices.slice(0, at), ...(left.length === 0 ? [] : [make(slice.first, left)]), ...following];
  }
  // Where the first port of a slice goes, the others fall to the slice before.
  if (left.length === 0) return [...slices.slice(0, at), ...following];
  const before = slices[at - 1];
  const joined = before === undefined ? make(0, left) : make(before.first, [...before.ports, ...left]);
  return [...slices.slice(0, Math.max(0, at - 1)), joined, ...following];
}

/** The index of the slice that `ofport` belongs to; -1 where that is before them all. */
function indexFor(slices: readonly Slice[], ofport: number): number {
  let low = 0;
  let high = slices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((slices[middle]?.first ?? 0) <= ofport) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Whether a slice begins at the port. One number in SLICE is chosen by a hash, so that slices are alike in size whichever numbers
 * are in use: ovs-vswitchd counts on, and on a host that has run long they are far apart.
 */
function isFirst(ofport: number): boolean {
  return Math.imul(ofport ^ (ofport >>> 15), 0x9e3779b1) >>> 0 < 0x100000000 / SLICE;
}

function sliceMaker(
  { primary, community }: Listed,
  name: string,
  layout: Layout,
): (first: number, ports: readonly number[]) => Slice {
  const isOfMembers = name !== everyone(primary);
  return (first, ports) => ({
    first,
    ports,
    flow: {
      table: layout.flood,
      priority: Step.EXACT,
      cookie: primaryCookie(primary),
      match: {
        regs: {
          ...knowing({ primary, ...(isOfMembers ? { community } : {}) }),
          7: { value: first | (isOfMembers ? MEMBERS : 0) },
        },
      },
      actions: ports.map((ofport) => outputTo(ofport)),
    },
  });
}
