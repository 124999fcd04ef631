import type { Guest } from '../lab/guest.ts';
import type { BirthKind } from './birth-kinds.ts';
import { ENOUGH, portOf, sends } from './newborn.ts';
import { Timeline } from './timeline.ts';
import type { Witness } from './witness.ts';

export interface BirthResult {
  /** Frames of the guest's that its isolated neighbour got. */
  readonly leaked: number;
  /** Frames the guest had sent by then. */
  readonly sent: number;
  /** Milliseconds from the row in OVSDB to the first flow of the port, and to the flow that lets its frames through. */
  readonly closed: number | undefined;
  readonly open: number | undefined;
}

/** Lets a NIC of a hostile guest be born, and measures until it has sent a good deal. */
export async function measureBirth(
  witness: Witness,
  guest: Guest,
  kind: BirthKind,
  portgroup: string,
): Promise<BirthResult> {
  const { host } = guest;
  const { mac } = kind;
  await kind.prepare?.(guest, portgroup);
  const timeline = await Timeline.of(host);
  try {
    const before = await witness.heard(mac);
    const begin = performance.now();
    await kind.bear(guest, portgroup);
    const port = await portOf(host, mac);
    const sent = await sends(host, port, ENOUGH);
    const leaked = (await witness.heard(mac)) - before;
    const ofport = await host.vsctl('get', 'Interface', port, 'ofport');
    return { leaked, sent, ...timeline.protection(mac, ofport, begin) };
  } finally {
    await timeline.close();
    await kind.tidy?.(guest, portgroup);
  }
}
