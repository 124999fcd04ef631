import { MovingStage } from './moving-stage.ts';
import type { Observation } from './moving-stage.ts';
import type { MoverRole } from './moving-cast.ts';
import type { Protection } from './scene.ts';

export interface MigrationMeasurement {
  readonly role: MoverRole;
  readonly protection: Protection;
  /** The guest's portgroup has its ports parked by libvirt itself. Default false. */
  readonly bornParked?: boolean;
  /** Migrations, there and back in turn. */
  readonly times: number;
  /** Places of the peers to take part; default all. */
  readonly where?: readonly string[];
}

/**
 * Migrates a guest between two hypervisors while it exchanges a hundred frames a second each way with peers on the source, on
 * the target and behind the physical switch, or some of them, and while it and strangers on both try to reach each other.
 */
export async function measureMigrations({ times, ...options }: MigrationMeasurement): Promise<readonly Observation[]> {
  const stage = await MovingStage.create(options);
  try {
    const observations: Observation[] = [];
    for (let time = 0; time < times; time += 1) {
      observations.push(await stage.observe(() => stage.guest.migrate(stage.there)));
    }
    return observations;
  } finally {
    await stage.close();
  }
}
