import { goals, type BridgeGoal } from '../desire/goal.ts';
import { guestSources } from '../observe/guest-sources.ts';
import { messageOf } from '../base/thrown.ts';
import { survey } from '../observe/survey.ts';
import type { Config } from '../config/config.ts';
import { Interrogator } from '../verify/interrogator.ts';
import { Unixctl } from '../vswitch/unixctl.ts';
import { databaseReady, openDatabase } from './database.ts';
import { CommandError, ExitCode } from './exit-code.ts';
import { openLibvirt } from './libvirt.ts';
import { printableLine } from './printable.ts';

/** What commands that look into the running switch work with. */
export interface Inspection {
  /** What every bridge should be, worked out as the agent does. */
  readonly goals: readonly BridgeGoal[];
  readonly daemon: Interrogator;
}

/**
 * Works out what every port is, by the database and libvirt alone, and reaches for ovs-vswitchd; no agent need run.
 * @throws CommandError
 */
export async function inspect<T>(config: Config, work: (inspection: Inspection) => Promise<T>): Promise<T> {
  const found = await currentGoals(config);
  const daemon = await reachDaemon(config.openflow);
  try {
    return await work({ goals: found, daemon });
  } finally {
    daemon.close();
  }
}

async function currentGoals(config: Config): Promise<readonly BridgeGoal[]> {
  const database = openDatabase(config);
  await databaseReady(database);
  try {
    const libvirt = await openLibvirt(config, (event) => {
      process.stderr.write(`pvlan-agent: ${printableLine(event.message)}\n`);
    });
    const inScope = (bridge: string): boolean => config.bridges?.includes(bridge) ?? true;
    const ports = survey(database, inScope, guestSources(config, libvirt));
    await libvirt?.close();
    return [...goals(ports, config).values()];
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
