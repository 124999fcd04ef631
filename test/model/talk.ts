import { buildFrame } from './build-frame.ts';
import { isGuest } from './may-deliver.ts';
import { SlotVlans } from './network.ts';
import { describeStation } from './station.ts';
import type { Plugged } from './network.ts';
import type { Station } from './station.ts';
import type { FrameSpec } from './topology.ts';
import type { Outcome, Violation } from './violation.ts';

/** A frame of a talk between a guest and a router. */
export interface Word {
  readonly slot: number;
  readonly spec: FrameSpec;
  readonly sender: Station;
  readonly receiver: Station;
  readonly raw: Buffer;
}

/**
 * What guests and routers of the Private VLANs in wire mode `single` say to each other after all switches have forgotten them: one
 * round each way, and the same again. From the second round on, nobody else may hear it. (With secondary VLANs the switch between
 * the hypervisors would have to learn for all of them at once, which ours does not.)
 */
export function talks(slot: number, ports: readonly Plugged[]): readonly (readonly Word[])[] {
  const word = (from: number, to: number): Word[] => {
    const [sender, receiver] = [ports[from]?.station, ports[to]?.station];
    if (sender === undefined || receiver === undefined) return [];
    const isTagged = sender.port.kind === 'promiscuous' && sender.port.tagged;
    const spec: FrameSpec = {
      from,
      content: 'udp4',
      to,
      source: 'own',
      claim: 'own',
      tags: isTagged ? [{ vlan: 'primary' }] : [],
    };
    return [{ slot, spec, sender, receiver, raw: buildFrame(spec, ports, new SlotVlans(slot)) }];
  };
  const numbers = [...ports.keys()];
  const pairs = numbers.flatMap((guest) =>
    numbers.filter((router) => mayTalk(ports[guest]?.station, ports[router]?.station)).map((router) => [guest, router]),
  );
  const there = (): Word[] => pairs.flatMap(([guest = 0, router = 0]) => word(guest, router));
  const back = (): Word[] => pairs.flatMap(([guest = 0, router = 0]) => word(router, guest));
  return [there(), back(), there(), back()];
}

/** What is wrong with a word of the second round: its receiver gets it once, and nobody else gets it. */
export function overheard({ receiver }: Word, outcome: Outcome, stations: readonly Station[]): readonly Violation[] {
  return stations.flatMap((station): Violation[] => {
    const times = outcome.arrivals.get(station.name)?.times ?? 0;
    const expected = station === receiver ? 1 : 0;
    if (times === expected) return [];
    const kind = expected === 0 ? 'overheard' : times === 0 ? 'missing' : 'duplicated';
    const between = `${describeStation(outcome.sender)} to ${describeStation(receiver)}`;
    const text = `${kind}: what ${between} says once both have spoken, at ${describeStation(station)}, ${times} times`;
    return [{ kind, outcome, receiver: station, text }];
  });
}

function mayTalk(guest: Station | undefined, router: Station | undefined): boolean {
  if (guest === undefined || router === undefined || !isGuest(guest.port) || !('pvlan' in guest.port)) return false;
  const sound = guest.standing === 'sound' && router.standing === 'sound';
  const isRouter = router.port.kind === 'promiscuous' && router.port.pvlan.primary === guest.port.pvlan.primary;
  return sound && isRouter && guest.port.pvlan.secondaries.length === 0;
}
