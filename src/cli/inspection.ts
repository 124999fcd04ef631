import { desiredBridges, type DesiredBridge } from '../desire/desired-bridge.ts';
import { guestSources } from '../observe/guest-sources.ts';
import { messageOf } from '../base/thrown.ts';
import { survey as surveyPorts } from '../observe/survey.ts';
import type { Config } from '../config/config.ts';
import { Interrogator } from '../verify/interrogator.ts';
import { floodVlansOf, type FloodVlans } from '../verify/flood-vlans.ts';
import type { VswitchDatabase } from '../vswitch/database.ts';
import { Unixctl } from '../vswitch/unixctl.ts';
import { databaseReady, openDatabase } from './database.ts';
import { CommandError, ExitCode } from './exit-code.ts';
import { knownRouters } from './fleet/fleet-part.ts';
import { openLibvirt } from './libvirt.ts';
import { printableLine } from './printable.ts';

/** What commands that look into the running switch work with. */
export interface Inspection {
  /** What every bridge should be, worked out as the agent does. */
  readonly bridges: readonly DesiredBridge[];
  readonly daemon: Interrogator;
  /** VLANs by bridge in which nothing is learned. */
  readonly floodVlans: FloodVlans;
}

/** What commands that read the database beside the switch work with. */
export interface Survey {
  readonly bridges: readonly DesiredBridge[];
  /** Synced while `work` goes on, and closed after it. */
  readonly database: VswitchDatabase;
}

/**
 * Works out what every port is, by the database and libvirt alone, and reaches for ovs-vswitchd; no agent need run.
 * @throws CommandError
 */
export async function inspect<T>(config: Config, work: (inspection: Inspection) => Promise<T>): Promise<T> {
  const found = await survey(config, ({ bridges, database }) =>
    Promise.resolve({ bridges, floodVlans: floodVlansOf(database.bridges.values()) }),
  );
  const daemon = await reachDaemon(config.openflow);
  try {
    return await work({ ...found, daemon });
  } finally {
    daemon.close();
  }
}

/** Works out what every port is, and keeps the database open for `work`. @throws CommandError */
export async function survey<T>(config: Config, work: (survey: Survey) => Promise<T>): Promise<T> {
  const database = openDatabase(config);
  await databaseReady(database);
  try {
    const libvirt = await openLibvirt(config, (event) => {
      process.stderr.write(`pvlan-agent: ${printableLine(event.message)}\n`);
    });
    const inScope = (bridge: string): boolean => config.bridges?.includes(bridge) ?? true;
    const ports = surveyPorts(database, inScope, guestSources(config, libvirt));
    await libvirt?.close();
    return await work({ bridges: [...desiredBridges(ports, config, knownRouters(config)).values()], database });
  } finally {
    database.close();
  }
}

async function reachDaemon(rundir: string): Promise<Interrogator> {
  try {
    return await Interrogator.open(await Unixctl.find(rundir));
  } catch (error) {
    throw new CommandError(
      ExitCode.OPENFLOW,
      `ovs-vswitchd cannot be asked (${messageOf(error)}): start it, or name its run folder with --openflow`,
    );
  }
}
