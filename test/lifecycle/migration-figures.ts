import { measureMigrations } from './migration.ts';
import { castFor } from './moving-cast.ts';
import type { MoverRole } from './moving-cast.ts';
import type { Observation } from './moving-stage.ts';
import type { Protection } from './scene.ts';

/** What several migrations did to one peer, one number for each migration. */
export interface PeerFigures {
  /** Frames to the guest, of a hundred a second, of which no answer came back. */
  readonly lostToGuest: readonly number[];
  /** Frames from the guest, of a hundred a second. */
  readonly lostFromGuest: readonly number[];
  /** Frames that the guest got twice. */
  readonly doubled: readonly number[];
  /** Migrations after which nothing flowed any more. */
  readonly cutOff: number;
}

export interface Migrations {
  readonly peers: ReadonlyMap<string, PeerFigures>;
  /** Milliseconds in which the guest ran nowhere, one number for each migration. */
  readonly paused: readonly number[];
  /** Frames between the guest and those it must not reach; undefined where there are no Private VLANs. */
  readonly leaked: number | undefined;
}

export interface MigrationRow {
  readonly guest: string;
  readonly peer: string;
  /** A switch without Private VLANs, where nothing is lost but by the migration itself. */
  readonly plain: PeerFigures;
  /** Absent where the hook knows no such guest. */
  readonly hook?: PeerFigures;
  readonly agent: PeerFigures;
  /** Milliseconds in which the guest ran nowhere, one number for each migration: nobody can reach it then. */
  readonly plainPaused: readonly number[];
  readonly agentPaused: readonly number[];
  /** For the guest as a whole, whichever the peer. */
  readonly leakedUnderHook?: number;
  readonly leakedUnderAgent: number;
  /** Whether nothing may leak: the guest's port is closed from the transaction that creates it. */
  readonly bornParked: boolean;
}

/** A port that is not born parked is an ordinary one until the agent knows it, and gets what is flooded in those milliseconds. */
const GUESTS = [
  { name: 'isolated', role: 'isolated', bornParked: true },
  { name: 'isolated, not born parked', role: 'isolated', bornParked: false },
  { name: 'community', role: 'community', bornParked: true },
  { name: 'promiscuous', role: 'promiscuous', bornParked: false },
] as const;

const PLACES = ['at-source', 'at-target', 'at-switch'];
/** A router on an access port of the hypervisor itself is beyond the hook: there its guests get answers with a tag. */
const PLACES_OF_HOOK = ['at-switch'];

/** Measures `times` migrations of a guest of each role, on a plain switch, under the hook where it applies, and under the agent. */
export async function migrationFigures(times: number, note: (text: string) => void): Promise<readonly MigrationRow[]> {
  const rows: MigrationRow[] = [];
  const plains = new Map<MoverRole, Migrations>();
  for (const { name, role, bornParked } of GUESTS) {
    const under = async (protection: Protection): Promise<Migrations> => {
      note(`${protection}: live migration × ${times}, guest ${name}`);
      const where = protection === 'hook' ? PLACES_OF_HOOK : PLACES;
      return figuresOf(await measureMigrations({ role, protection, bornParked, times, where }), protection);
    };
    const plain = plains.get(role) ?? (await under('none'));
    plains.set(role, plain);
    // The hook knows isolated guests only, in networks without a VLAN.
    const hook = role === 'isolated' && !bornParked ? await under('hook') : undefined;
    const agent = await under('agent');
    for (const place of PLACES) {
      const [plainly, agently] = [plain.peers.get(place), agent.peers.get(place)];
      if (plainly === undefined || agently === undefined) continue;
      const hooked = hook?.peers.get(place);
      rows.push({
        guest: name,
        peer: `${partAt(role, place)} ${place}`,
        plain: plainly,
        ...(hooked === undefined ? {} : { hook: hooked }),
        agent: agently,
        plainPaused: plain.paused,
        agentPaused: agent.paused,
        ...(hooked === undefined ? {} : { leakedUnderHook: hook?.leaked ?? 0 }),
        leakedUnderAgent: agent.leaked ?? 0,
        bornParked,
      });
    }
  }
  return rows;
}

/** What stands at the place. */
function partAt(role: MoverRole, place: string): string {
  const atSwitch = place === 'at-switch';
  const peer = castFor(role).peers.find(({ on }) => (on === 'switch') === atSwitch);
  return peer === undefined
    ? ''
    : atSwitch && role === 'promiscuous'
      ? 'host'
      : peer.part === 'blue'
        ? 'member'
        : peer.part;
}

function figuresOf(observations: readonly Observation[], protection: Protection): Migrations {
  const places = new Set(observations.flatMap(({ peers }) => peers.map(({ peer }) => peer)));
  const peers = new Map(
    Array.from(places, (place) => {
      const seen = observations.flatMap((observation) => observation.peers.filter(({ peer }) => peer === place));
      const figures: PeerFigures = {
        lostToGuest: seen.map(({ roundTrip }) => roundTrip.lost),
        lostFromGuest: seen.map(({ fromGuest }) => fromGuest.lost),
        doubled: seen.map(({ roundTrip }) => roundTrip.doubled),
        cutOff: seen.filter(({ roundTrip }) => !roundTrip.recovered).length,
      };
      return [place, figures] as const;
    }),
  );
  // Counted from the first migration on, so the last one knows all.
  const forbidden = observations.at(-1)?.forbidden ?? { fromGuest: 0, toGuest: 0 };
  const paused = observations.map((observation) => observation.paused);
  return { peers, paused, leaked: protection === 'none' ? undefined : forbidden.fromGuest + forbidden.toGuest };
}
