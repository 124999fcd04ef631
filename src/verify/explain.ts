import type { DesiredBridge } from '../desire/desired-bridge.ts';
import { copiesOf, type Ends } from './copies.ts';
import type { DatapathPorts } from './datapath-ports.ts';
import { NotUnderstoodError } from './errors.ts';
import { flowOwner } from './flow-owner.ts';
import { BROADCAST, frameText, speaker } from './frame.ts';
import type { Interrogator } from './interrogator.ts';
import { findParty, PartyError, type Party } from './party.ts';
import { pairRule, type PairRule } from './pair-rule.ts';
import { ANYONE } from './question.ts';
import { memberOf, stationsOf, type Station } from './station.ts';
import { readTrace } from './trace-text.ts';
import { traceSteps, type TraceStep } from './trace-steps.ts';

/** A port that gets the frame, and the tags on it. */
export interface Exit {
  readonly bridge: string;
  /** Empty for a bond reached by recirculation. */
  readonly name: string;
  readonly vids: readonly number[];
  /** Its role is judged; any other port leads out of the Private VLANs of this host. */
  readonly member: boolean;
}

/** What becomes of one frame. */
export interface Account {
  readonly frame: 'unicast' | 'broadcast';
  readonly question: string;
  /** Undefined where the answer was not understood, or the receiver is not on this host. */
  readonly arrives: boolean | undefined;
  readonly unclear: string | undefined;
  readonly exits: readonly Exit[];
  readonly steps: readonly (TraceStep & { readonly owner: string })[];
}

export interface Explanation {
  readonly from: Extract<Party, { kind: 'here' }>;
  readonly to: Party;
  readonly rule: PairRule;
  readonly accounts: readonly Account[];
}

/**
 * Asks ovs-vswitchd what becomes of a unicast and a broadcast frame from one port to another. Reads only.
 * @throws PartyError when the names do not tell who is meant or the sender is not on this host
 */
export async function explain(
  bridges: readonly DesiredBridge[],
  names: readonly [from: string, to: string],
  daemon: Interrogator,
): Promise<Explanation> {
  const from = findParty(bridges, names[0]);
  const to = findParty(bridges, names[1]);
  if (from.kind === 'elsewhere') {
    throw new PartyError(`${names[0]} is not on this host: ask on the host where it is`);
  }
  const receiver = stationOf(to);
  const rule = pairRule(stationOf(from), receiver, to);
  const sender = speakingAs(rule, stationOf(from));
  const ofport = from.judged.port.ofports[0];
  if (ofport === undefined)
    throw new PartyError(`port ${from.judged.port.name} has no number: ovs-vswitchd has not added it`);
  const src = sender?.mac ?? from.judged.port.attachedMac ?? ANYONE;
  const dst = to.kind === 'elsewhere' ? to.mac : (receiver?.mac ?? to.judged.port.attachedMac);
  const ports = await daemon.ports();
  const account = (frame: Account['frame'], address: string) => {
    const vid = sender === undefined || sender.untagged ? undefined : sender.role?.primary;
    const question = frameText(
      { inPort: ofport, src, dst: address, vid, payload: 'udp' },
      speaker(src, sender?.addresses),
    );
    return new Asker(bridges, from, to, daemon, ports).account(frame, question, vid, { src, dst: address });
  };
  return {
    from,
    to,
    rule,
    accounts: [...(dst === undefined ? [] : [await account('unicast', dst)]), await account('broadcast', BROADCAST)],
  };
}

/** Puts one question and makes sense of the answer. */
class Asker {
  readonly #bridges: readonly DesiredBridge[];
  readonly #from: Extract<Party, { kind: 'here' }>;
  readonly #to: Party;
  readonly #daemon: Interrogator;
  readonly #ports: DatapathPorts;

  constructor(
    bridges: readonly DesiredBridge[],
    from: Extract<Party, { kind: 'here' }>,
    to: Party,
    daemon: Interrogator,
    ports: DatapathPorts,
  ) {
    this.#bridges = bridges;
    this.#from = from;
    this.#to = to;
    this.#daemon = daemon;
    this.#ports = ports;
  }

  async account(frame: Account['frame'], question: string, vid: number | undefined, ends: Ends): Promise<Account> {
    const { bridge } = this.#from.desired;
    let text = '';
    try {
      text = await this.#daemon.trace(bridge, question);
      const copies = copiesOf(readTrace(text).actions, vid === undefined ? [] : [vid], ends);
      const exits = copies.flatMap(({ to, vids }) => {
        if (to.kind === 'bond') return [{ bridge, name: '', vids, member: false }];
        return this.#ports.at(bridge, to.number).map((place) => ({
          bridge: place.bridge,
          name: place.name,
          vids,
          member: this.#isMember(place.bridge, place.ofport),
        }));
      });
      return { frame, question, arrives: this.#arrives(exits), unclear: undefined, exits, steps: this.#steps(text) };
    } catch (error) {
      if (!(error instanceof NotUnderstoodError)) throw error;
      return { frame, question, arrives: undefined, unclear: error.message, exits: [], steps: this.#steps(text) };
    }
  }

  #arrives(exits: readonly Exit[]): boolean | undefined {
    const to = this.#to;
    if (to.kind === 'elsewhere') return undefined;
    const interfaces = to.judged.port.interfaces.map((one) => one.name);
    return exits.some((exit) => exit.bridge === to.desired.bridge && interfaces.includes(exit.name));
  }

  #isMember(bridge: string, ofport: number): boolean {
    return this.#bridges.some((desired) =>
      stationsOf(desired).some((station) => station.bridge === bridge && station.ofport === ofport),
    );
  }

  #steps(text: string): Account['steps'] {
    return traceSteps(text).map((step) => {
      const ports = this.#bridges.find((desired) => desired.bridge === step.bridge)?.ports;
      const portName = (ofport: number) => ports?.find(({ port }) => port.ofports.includes(ofport))?.port.name;
      return { ...step, owner: flowOwner(step.cookie, portName) };
    });
  }
}

function stationOf(party: Party): Station | undefined {
  if (party.kind === 'elsewhere') return undefined;
  return stationsOf(party.desired).find((station) => station.name === party.judged.port.name);
}

/** A router's trunk speaks in the VLAN in which the two meet. */
function speakingAs(rule: PairRule, sender: Station | undefined): Station | undefined {
  if (rule.kind !== 'roles' || sender === undefined) return sender;
  return memberOf(sender, rule.role.primary) ?? sender;
}
