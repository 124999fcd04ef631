import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import { copiesOf, type Ends } from '../copies.ts';
import type { DatapathPorts } from '../datapath-ports.ts';
import { NotUnderstoodError } from '../errors.ts';
import { flowOwner } from '../flow-owner.ts';
import type { Interrogator } from '../interrogator.ts';
import type { Party } from '../party.ts';
import { stationsOf } from '../station.ts';
import { readTrace } from '../trace-text.ts';
import { traceSteps, type TraceStep } from '../trace-steps.ts';
import type { Entrance } from './entrance.ts';

/** A port that gets the frame, and the tags on it. */
export interface Exit {
  readonly bridge: string;
  /** Empty for a bond reached by recirculation. */
  readonly name: string;
  readonly vids: readonly number[];
  /** Its role is judged; any other port leads out of the Private VLANs of this host. */
  readonly member: boolean;
}

/** A flow that the frame met, and whose it is, in words. */
export type Step = TraceStep & { readonly owner: string };

/** What becomes of one frame. */
export interface Account {
  readonly frame: 'unicast' | 'broadcast';
  /** The frame as `ofproto/trace` takes it, to be asked again. */
  readonly question: string;
  /** Undefined where the answer was not understood, or the receiver is not on this host. */
  readonly arrives: boolean | undefined;
  readonly unclear: string | undefined;
  readonly exits: readonly Exit[];
  readonly steps: readonly Step[];
  /** The step that settled it; undefined where there is none. */
  readonly deciding: Step | undefined;
}

/** A frame to ask about. */
export interface Asked {
  readonly frame: Account['frame'];
  readonly question: string;
  readonly entrance: Entrance;
  readonly ends: Ends;
  readonly to: Party;
}

/** Asks what becomes of a frame. @throws what the daemon does not answer with */
export async function accountOf(
  { frame, question, entrance, ends, to }: Asked,
  bridges: readonly DesiredBridge[],
  daemon: Interrogator,
  ports: DatapathPorts,
): Promise<Account> {
  const { bridge, vid } = entrance;
  let text = '';
  try {
    text = await daemon.trace(bridge, question);
    const exits = copiesOf(readTrace(text).actions, vid === undefined ? [] : [vid], ends).flatMap((copy): Exit[] => {
      const { to: place, vids } = copy;
      if (place.kind === 'bond') return [{ bridge, name: '', vids, member: false }];
      return ports.at(bridge, place.number).map((found) => ({
        bridge: found.bridge,
        name: found.name,
        vids,
        member: isMember(bridges, found.bridge, found.ofport),
      }));
    });
    const steps = stepsOf(text, bridges);
    const arrives = arrivesAt(to, exits);
    return { frame, question, arrives, unclear: undefined, exits, steps, deciding: decidingStep(steps, to, arrives) };
  } catch (error) {
    if (!(error instanceof NotUnderstoodError)) throw error;
    const steps = stepsOf(text, bridges);
    return { frame, question, arrives: undefined, unclear: error.message, exits: [], steps, deciding: steps.at(-1) };
  }
}

function isMember(bridges: readonly DesiredBridge[], bridge: string, ofport: number): boolean {
  return bridges.some((one) => one.bridge === bridge && stationsOf(one).some((station) => station.ofport === ofport));
}

function arrivesAt(to: Party, exits: readonly Exit[]): boolean | undefined {
  if (to.kind === 'elsewhere') return undefined;
  const interfaces = to.judged.port.interfaces.map(({ name }) => name);
  return exits.some(({ bridge, name }) => bridge === to.desired.bridge && interfaces.includes(name));
}

function stepsOf(text: string, bridges: readonly DesiredBridge[]): readonly Step[] {
  return traceSteps(text).map((step) => {
    const ports = bridges.find(({ bridge }) => bridge === step.bridge)?.ports;
    const portName = (ofport: number) => ports?.find(({ port }) => port.ofports.includes(ofport))?.port.name;
    return { ...step, owner: flowOwner(step.cookie, portName) };
  });
}

function switches({ own, visited }: Step): boolean {
  return !visited && own.includes('NORMAL');
}

/** What delivered the frame to `to`, or else was the last to look at it. */
function decidingStep(steps: readonly Step[], to: Party, arrives: boolean | undefined): Step | undefined {
  const numbers = to.kind === 'here' ? to.judged.port.ofports : [];
  const delivers = ({ own }: Step): boolean =>
    own.some((effect) =>
      numbers.some((number) => new RegExp(`\\boutput:${number}\\b|\\bport ${number}\\b`).test(effect)),
    );
  // What is visited only teaches the switch where a sender is.
  const last = steps.findLast(({ visited }) => !visited);
  return arrives === true ? (steps.findLast(delivers) ?? steps.findLast(switches) ?? last) : last;
}
