import { BORN_PARKED, ISOLATED, Scene } from './scene.ts';
import type { Protection } from './scene.ts';
import { Twins } from './twins.ts';
import type { TwinBirth, TwinBirthKind } from './twins.ts';
import { SENTINEL, Witness } from './witness.ts';

/** Many births of one kind. */
export interface BirthRow {
  readonly protection: Protection;
  readonly birth: TwinBirthKind;
  /** libvirt itself creates the ports parked: then nothing may leak. */
  readonly bornParked: boolean;
  readonly births: readonly TwinBirth[];
}

/** A NIC that is plugged while its guest runs comes after the guest's boot. */
const KINDS: readonly TwinBirthKind[] = ['boot', 'hotplug', 'restore'];

/** The hook knows nothing of parking. */
const SETUPS = [
  { protection: 'agent', bornParked: true },
  { protection: 'agent', bornParked: false },
  { protection: 'hook', bornParked: false },
] as const;

/** Lets two hostile NICs be born at once, `times` times for each kind of birth, under each protection; `note` is told of each. */
export async function birthFigures(times: number, note: (text: string) => void): Promise<readonly BirthRow[]> {
  const rows: BirthRow[] = [];
  for (const { protection, bornParked } of SETUPS) {
    const scene = await Scene.create({ protection, promiscuousMacs: [SENTINEL.mac] });
    try {
      const twins = await Twins.in(scene, await Witness.in(scene), bornParked ? BORN_PARKED : ISOLATED);
      for (const birth of KINDS) {
        note(`${protection}: ${birth} of two guests × ${times}${bornParked ? ', born parked' : ''}`);
        rows.push({ protection, birth, bornParked, births: await twins.born(birth, times) });
      }
    } finally {
      await scene.close();
    }
  }
  return rows;
}

/**
 * Frames that must not have passed under the agent: none at all between ports that are born parked, and none at a neighbour that
 * is protected already, however others are born.
 */
export function leakedAtBirth(rows: readonly BirthRow[]): number {
  const leaks = rows
    .filter(({ protection }) => protection === 'agent')
    .flatMap(({ bornParked, births }) =>
      births.map((one) => one.atNeighbour + (bornParked ? one.betweenNewborn + one.toNewborn : 0)),
    );
  return leaks.reduce((sum, count) => sum + count, 0);
}
