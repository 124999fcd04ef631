import { isConfined } from '../pvlan/role.ts';
import { mayTalk } from '../pvlan/may-talk.ts';
import type { Copy } from './copies.ts';
import type { DatapathPorts } from './datapath-ports.ts';
import type { Difference } from './difference.ts';
import { NotUnderstoodError } from './errors.ts';
import type { Question, Target } from './question.ts';
import type { Station } from './station.ts';

/** A difference before it is known by which question it was found. */
export type Finding = Pick<Difference, 'kind' | 'to' | 'message'>;

/** Finds the station behind a port, on whichever bridge. */
export type Stations = (bridge: string, ofport: number) => Station | undefined;

/** What `copies` of one frame have wrong, by the roles alone. @throws NotUnderstoodError for a copy to a place not known */
export function judgeCopies(
  question: Question,
  target: Target,
  copies: readonly Copy[],
  ports: DatapathPorts,
  stations: Stations,
): readonly Finding[] {
  const { from, rule } = question;
  const findings: Finding[] = [];
  const got = new Map<Station, Copy[]>();
  for (const copy of copies) {
    const places = placesOf(from.bridge, copy, ports);
    const reached = places.flatMap((place) => stations(place.bridge, place.ofport) ?? []);
    for (const station of reached) got.set(station, [...(got.get(station) ?? []), copy]);
    if (rule === 'nothing' && reached.length === 0) {
      const where = places.map((place) => place.name).join(' or ') || 'a bond';
      findings.push({ kind: 'escape', to: where, message: `it leaves by ${where} and should be dropped` });
    }
  }
  for (const [station, received] of got) {
    if (station === from) continue;
    if (rule === 'nothing') {
      findings.push({ kind: 'leak', to: station.name, message: 'it arrives and should be dropped' });
    } else if (rule === 'no guest' && (station.role === undefined || isConfined(station.role))) {
      findings.push({ kind: 'leak', to: station.name, message: 'it arrives, and is for switches alone' });
    } else if (!allowed(from, station)) {
      findings.push({ kind: 'leak', to: station.name, message: 'it arrives, and the roles forbid that' });
    } else if (station.role?.primary === from.role?.primary) {
      const wrong = formError(station, received);
      if (wrong !== undefined) findings.push({ kind: 'form', to: station.name, message: wrong });
    }
  }
  if (rule === 'roles') {
    for (const station of target.to) {
      if (!got.has(station) && allowed(from, station)) {
        findings.push({ kind: 'lost', to: station.name, message: 'it does not arrive, and the roles allow it' });
      }
    }
  }
  return findings;
}

/** Promiscuous ports of other primaries are outside of what is judged: a trunk may carry both. */
export function allowed(from: Station, to: Station): boolean {
  if (from.role === undefined || to.role === undefined) return false;
  return mayTalk(from.role, to.role) || (!isConfined(to.role) && to.role.primary !== from.role.primary);
}

function placesOf(bridge: string, { to }: Copy, ports: DatapathPorts) {
  if (to.kind === 'bond') {
    if (ports.isBond(bridge, to.id)) return [];
    throw new NotUnderstoodError(
      'a frame goes on by a recirculation that is not a bond’s',
      `recirc(0x${to.id.toString(16)})`,
    );
  }
  const places = ports.at(bridge, to.number);
  if (places.length === 0) throw new NotUnderstoodError('a frame goes to an unknown datapath port', String(to.number));
  return places;
}

function formError(station: Station, received: readonly Copy[]): string | undefined {
  const [copy] = received;
  if (copy === undefined) return undefined;
  if (received.length > 1) return `it arrives ${received.length} times`;
  if (copy.altered) return 'it arrives altered';
  // A tag of VLAN 0 only carries a priority (IEEE 802.1Q).
  const vids = copy.vids.filter((vid) => vid !== 0);
  if (vids.length === 0) return station.getsUntagged ? undefined : 'it arrives untagged at a trunk';
  const own = vids.length === 1 && vids[0] === station.role?.primary;
  return own && !station.getsUntagged ? undefined : `it arrives tagged ${vids.join(', ')}`;
}
