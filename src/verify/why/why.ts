import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import type { IpPrefix } from '../../pvlan/guest-facts.ts';
import type { DatapathPorts } from '../datapath-ports.ts';
import { BROADCAST, frameText, speaker } from '../frame.ts';
import type { Interrogator } from '../interrogator.ts';
import { findParty, PartyError, portLabel, type Party, type PartyHere } from '../party.ts';
import { ANYONE } from '../question.ts';
import { stationsOf } from '../station.ts';
import { accountOf, type Account } from './account.ts';
import { ownEntrance, wireEntrance, type Entrance } from './entrance.ts';
import { readLearned, type LearnedAddress } from './learned.ts';
import { mayReach, reasonOf, ruleBetween, type Reason } from './reason.ts';

/** Whom it is about. */
export interface WhyQuestion {
  readonly from: string;
  readonly to: string;
  /** What the sender of the first way says its IP address is; undefined: one that it may use. */
  readonly address: IpPrefix | undefined;
}

/** What becomes of frames one way. */
export interface Way {
  readonly from: Party;
  readonly to: Party;
  readonly entrance: Entrance | undefined;
  /** By the roles; undefined where Private VLANs have no say, or only another host knows. */
  readonly mayReach: boolean | undefined;
  readonly reason: Reason;
  /** A unicast frame, where the receiver's address is known, and a broadcast. */
  readonly accounts: readonly Account[];
}

/**
 * Asks ovs-vswitchd what becomes of frames between two stations, both ways. Reads only.
 * @throws PartyError when the names do not tell who is meant, or neither is on this host
 */
export async function why(
  bridges: readonly DesiredBridge[],
  { from, to, address }: WhyQuestion,
  daemon: Interrogator,
): Promise<readonly [Way, Way]> {
  const [sender, receiver] = [findParty(bridges, from), findParty(bridges, to)];
  if (sender.kind === 'elsewhere' && receiver.kind === 'elsewhere') {
    throw new PartyError(`neither ${from} nor ${to} is on this host: ask on the host of one of them`);
  }
  const heard = (
    await Promise.all(bridges.map(async ({ bridge }) => readLearned(bridge, await daemon.learned(bridge))))
  ).flat();
  const ports = await daemon.ports();
  const witness = new Witness(bridges, daemon, ports, heard);
  return [await witness.way(sender, receiver, address), await witness.way(receiver, sender, undefined)];
}

/** Tells of one way after the other. */
class Witness {
  readonly #bridges: readonly DesiredBridge[];
  readonly #daemon: Interrogator;
  readonly #ports: DatapathPorts;
  readonly #heard: readonly LearnedAddress[];

  constructor(
    bridges: readonly DesiredBridge[],
    daemon: Interrogator,
    ports: DatapathPorts,
    heard: readonly LearnedAddress[],
  ) {
    this.#bridges = bridges;
    this.#daemon = daemon;
    this.#ports = ports;
    this.#heard = heard;
  }

  async way(from: Party, to: Party, address: IpPrefix | undefined): Promise<Way> {
    const entrance = this.#entrance(from, to);
    const src = addressOf(from) ?? ANYONE;
    const dst = addressOf(to);
    const known = address === undefined ? addressesOf(from) : [address];
    const account = (frame: Account['frame'], destination: string, place: Entrance): Promise<Account> => {
      const { ofport: inPort, vid } = place;
      const question = frameText(
        { inPort, src, dst: destination, vid, payload: payloadFor(address) },
        speaker(src, known),
      );
      const asked = { frame, question, entrance: place, ends: { src, dst: destination }, to };
      return accountOf(asked, this.#bridges, this.#daemon, this.#ports);
    };
    const accounts =
      entrance === undefined
        ? []
        : [
            ...(dst === undefined ? [] : [await account('unicast', dst, entrance)]),
            await account('broadcast', BROADCAST, entrance),
          ];
    return {
      from,
      to,
      entrance,
      mayReach: mayReach(from, to, entrance),
      reason: reasonOf({ from, to, entrance, address, accounts }),
      accounts,
    };
  }

  #entrance(from: Party, to: Party): Entrance | undefined {
    if (from.kind === 'here') return ownEntrance(from, ruleBetween(from, to));
    return to.kind === 'here' ? wireEntrance(from, to, this.#heard) : undefined;
  }
}

function payloadFor(address: IpPrefix | undefined): 'udp' | 'udp6' {
  return address?.family === 6 ? 'udp6' : 'udp';
}

/** The address a party sends from and is reached by, where it is known. */
function addressOf(party: Party): string | undefined {
  if (party.kind === 'elsewhere') return party.mac;
  return stationOf(party)?.mac ?? party.judged.port.attachedMac ?? party.judged.port.ownMac;
}

function addressesOf(party: Party): readonly IpPrefix[] | undefined {
  return party.kind === 'here' ? stationOf(party)?.addresses : undefined;
}

function stationOf({ desired, judged }: PartyHere): ReturnType<typeof stationsOf>[number] | undefined {
  return stationsOf(desired).find(({ name }) => name === judged.port.name);
}

/** What a party is called in an answer. */
export function partyLabel(party: Party): string {
  return party.kind === 'here' ? portLabel(party.judged) : party.mac;
}
