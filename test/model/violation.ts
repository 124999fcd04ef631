import { arrivalTags } from './arrival.ts';
import { isGroup, isGuest, mayDeliver } from './may-deliver.ts';
import { describeStation } from './station.ts';
import { seeFrame } from './seen-frame.ts';
import type { Expectation, Network } from './may-deliver.ts';
import type { FrameSpec } from './topology.ts';
import type { Station } from './station.ts';

/** A frame that was sent, and what came of it. */
export interface Outcome {
  /** Which of the test cases played together it belongs to. */
  readonly slot: number;
  readonly spec: FrameSpec;
  readonly raw: Buffer;
  readonly sender: Station;
  /** Switches may have learned addresses at wrong places before: frames to one station may miss it. */
  readonly misled: boolean;
  /** Switches at which somebody else uses the address that it comes from, so that they may look for it there. */
  readonly usurpedAt: readonly string[];
  /** Copies by receiver's name, and the VLAN ids of the first. */
  readonly arrivals: ReadonlyMap<string, { readonly times: number; readonly vids: readonly number[] }>;
}

export type ViolationKind = 'forbidden' | 'missing' | 'duplicated' | 'badly tagged' | 'overheard';

/** One frame at one receiver that is not as the model says. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly outcome: Outcome;
  readonly receiver: Station;
  readonly text: string;
}

/** What the model says of a frame at a receiver. */
export function expectationOf(outcome: Outcome, receiver: Station, network: Network): Expectation {
  const frame = seeFrame(outcome.raw);
  const expected = mayDeliver(outcome.sender, receiver, frame, network);
  if (expected === 'never') return isReflected(outcome, receiver, network) ? 'may' : 'never';
  const toOne = receiver.macs.includes(frame.dst);
  // Where links reflect, a switch that knows the sender elsewhere takes what comes by a link for a copy of what it sent itself.
  const isTakenForCopy = network.reflects === true && outcome.usurpedAt.includes(receiver.place);
  return expected === 'must' && ((outcome.misled && toOne) || isTakenForCopy) ? 'may' : expected;
}

/**
 * Whether the sender may get its own frame back: where links reflect, a switch tells copies of what it sent by where it knows the sender
 * to be. No guest of a Private VLAN gets to see that.
 */
function isReflected(outcome: Outcome, receiver: Station, { reflects }: Network): boolean {
  const { sender } = outcome;
  return reflects === true && sender === receiver && !isGuest(sender.port) && !isKnownByAddress(outcome);
}

/** Everything about the outcome that is not as the model says. */
export function violationsOf(outcome: Outcome, receivers: readonly Station[], network: Network): Violation[] {
  const frame = seeFrame(outcome.raw);
  return receivers.flatMap((receiver) => {
    const expected = expectationOf(outcome, receiver, network);
    const { times, vids } = outcome.arrivals.get(receiver.name) ?? { times: 0, vids: [] };
    const kind = judge(expected, times, allowedCopies(outcome, receiver, network), () =>
      isWellTagged(outcome, receiver, vids, network),
    );
    if (kind === undefined) return [];
    const tags = frame.tags.map(({ vid }) => vid).join('+') || 'none';
    const text =
      `${kind}: ${outcome.spec.content} from ${describeStation(outcome.sender)} to ${describeStation(receiver)}, ` +
      `src ${frame.src} dst ${frame.dst} tags ${tags}: expected '${expected}', arrived ${times} times, tagged ${vids.join('+') || 'none'}`;
    return [{ kind, outcome, receiver, text }];
  });
}

/**
 * One, but in two cases (docs/operations.md, limits). Where links reflect, a switch tells copies apart by where it knows the sender to be,
 * and the switch beyond sends two of what is for one station that it does not know. And a promiscuous station that used the
 * sender's address is where the switch looks for that address until it has learned it anew.
 */
function allowedCopies(outcome: Outcome, receiver: Station, { reflects }: Network): number {
  const { misled, sender, raw } = outcome;
  if (misled && receiver.port.kind === 'promiscuous') return 2;
  if (reflects !== true) return 1;
  if (!isGroup(seeFrame(raw).dst)) return 2;
  return sender.place === receiver.place && !isKnownByAddress(outcome) ? 2 : 1;
}

/** Whether the sender's switch knows for certain that the address which the frame comes from is the sender's. */
function isKnownByAddress({ sender, raw, usurpedAt }: Outcome): boolean {
  const { src } = seeFrame(raw);
  // Guests' frames teach no switch, but nobody else has the first of their addresses.
  if (isGuest(sender.port)) return src === sender.macs[0];
  return sender.isUnnamed !== true && !isGroup(src) && usurpedAt.length === 0;
}

function judge(
  expected: Expectation,
  times: number,
  copies: number,
  isWellTagged: () => boolean,
): ViolationKind | undefined {
  if (expected === 'never' && times > 0) return 'forbidden';
  if (expected === 'must' && times === 0) return 'missing';
  if (times > copies) return 'duplicated';
  return times >= 1 && !isWellTagged() ? 'badly tagged' : undefined;
}

function isWellTagged({ sender, raw }: Outcome, receiver: Station, vids: readonly number[], network: Network): boolean {
  // A guest must be able to read a frame whatever else was odd about it.
  if (isGuest(receiver.port) && vids.length === 0) return true;
  return arrivalTags(sender, receiver, seeFrame(raw), network).some((allowed) => allowed.join() === vids.join());
}
