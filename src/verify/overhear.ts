import { copiesOf } from './copies.ts';
import type { DatapathPorts } from './datapath-ports.ts';
import type { Frame, Speaker } from './frame.ts';
import { normalVisits } from './normal-visits.ts';
import { answerTo, learnsAt, NOBODY, thirdParties, wordOf, type Talk } from './talk.ts';
import { traceSteps } from './trace-steps.ts';
import { readTrace } from './trace-text.ts';

/** What one end says, and how it puts it. */
export interface Word {
  readonly frame: Frame;
  readonly speaker: Speaker;
}

/** Asks what becomes of a frame that comes in on the guest's bridge. */
export type Ask = (word: Word) => Promise<string>;

/** A talk that others will hear, and the frame of which the switch does not learn where the router is. */
export interface Overheard {
  readonly message: string;
  readonly word: Word;
  readonly trace: string;
}

/**
 * Whether what a guest says to its router goes to others, once the switch has forgotten where the router is (`mac-aging-time`), for as
 * long as the two talk to each other: where NORMAL has to know the router's address, has others to flood to, and does not learn the
 * address from what the router answers. `unlearned`: VLANs in which nothing is learned.
 * @throws NotUnderstoodError
 */
export async function overhear(
  talk: Talk,
  ask: Ask,
  ports: DatapathPorts,
  unlearned: readonly number[],
): Promise<Overheard | undefined> {
  const { guest, router } = talk;
  const word = wordOf(talk, router.mac);
  let text = await ask(word);
  const { src } = word.frame;
  const looked = (of: string) =>
    normalVisits(traceSteps(of), { vid: undefined, src }).find(({ outcome }) => outcome !== 'refused');
  const visit = looked(text);
  if (visit === undefined) return undefined;
  let asked = word;
  if (visit.outcome === 'known') {
    asked = wordOf(talk, NOBODY);
    text = await ask(asked);
    if (looked(text)?.outcome !== 'unknown') return undefined;
  }
  const third = thirdParties(talk, copiesOf(readTrace(text).actions, [], { src, dst: asked.frame.dst }), ports);
  if (third.length === 0) return undefined;
  const begin = `once ${router.mac} is forgotten (mac-aging-time), ${third.join(', ')} hear what ${guest.name} says to it`;
  if (unlearned.includes(visit.vid)) {
    return { message: `${begin}: flood_vlans names VLAN ${visit.vid}`, word, trace: text };
  }
  let last: { readonly word: Word; readonly trace: string } | undefined;
  for (const ofport of router.ofports) {
    const answer = answerTo(talk, ofport);
    const trace = await ask(answer);
    const visits = normalVisits(traceSteps(trace), answer.frame);
    if (learnsAt(visits, router, visit.vid)) return undefined;
    last = { word: answer, trace };
  }
  if (last === undefined) return undefined;
  return { message: `${begin}: from what it answers the switch does not learn where it is`, ...last };
}
