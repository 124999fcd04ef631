import type { Endpoint } from '../lab/endpoint.ts';
import { until } from '../lab/until.ts';
import { GUEST_IP, GUEST_MAC } from './moving-cast.ts';
import type { Station } from './moving-cast.ts';
import { Pings } from './pings.ts';
import { Stream } from './stream.ts';
import type { Count } from './stream.ts';

/** What happened between the guest and one peer. */
export interface Encounter {
  /** The peer's place, as the caller calls it. */
  readonly peer: string;
  /** Frames of the guest's to the peer. */
  readonly fromGuest: Count;
  /** Frames of the peer's to the guest whose answer came back: both directions. `doubled` are those that the guest got twice. */
  readonly roundTrip: Count;
}

export interface Peer {
  readonly station: Station;
  readonly endpoint: Endpoint;
  readonly place: string;
}

interface Meeting {
  readonly peer: Peer;
  readonly stream: Stream;
  readonly pings: Pings;
}

/** A hundred frames a second each way between the guest, which pings its peers by itself, and each peer; counted. */
export class Encounters {
  readonly #meetings: readonly Meeting[];

  private constructor(meetings: readonly Meeting[]) {
    this.#meetings = meetings;
  }

  /** Returns when frames flow both ways between the guest and all of `peers`; frames count from there on. */
  static async begin(peers: readonly Peer[]): Promise<Encounters> {
    const streams = peers.map(
      ({ endpoint, station }) =>
        new Stream({ guestMac: GUEST_MAC, guestIp: GUEST_IP, peer: endpoint, peerIp: station.ip }),
    );
    try {
      for (const stream of streams) await stream.flows();
    } catch (error) {
      await Promise.all(streams.map((stream) => stream.stop(0)));
      throw error;
    }
    return new Encounters(
      peers.flatMap((peer, number) => {
        const stream = streams[number];
        return stream === undefined ? [] : [{ peer, stream, pings: new Pings(peer.endpoint, GUEST_MAC) }];
      }),
    );
  }

  /** Waits until frames flow with everybody, as they do not while something has gone wrong; counting goes on. */
  async flow(): Promise<void> {
    for (const { peer, stream } of this.#meetings) {
      const before = stream.answered;
      await until(`answers to the peer ${peer.place}`, () => stream.answered > before + 20, { timeout: 20_000 });
    }
  }

  /** Ends once frames flow again with everybody, or after `timeout` ms. */
  async end(timeout?: number): Promise<readonly Encounter[]> {
    const roundTrips = await Promise.all(this.#meetings.map(({ stream }) => stream.stop(timeout)));
    return this.#meetings.map(({ peer, pings }, number) => ({
      peer: peer.place,
      fromGuest: pings.stop(),
      roundTrip: roundTrips[number] ?? { sent: 0, lost: 0, doubled: 0, recovered: false },
    }));
  }
}
