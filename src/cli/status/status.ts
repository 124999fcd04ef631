import type { Config } from '../../config/config.ts';
import { isHealthy, type AgentStatus } from '../../control/status.ts';
import { fetchStatus } from '../control-client.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { formatStatus } from './status-text.ts';
import { unattendedStatus } from './unattended.ts';

/** How the status is printed: as a table, as JSON, or not at all. */
export interface StatusOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Also list ports outside every Private VLAN. */
  readonly all: boolean;
  /** Ask only whether the agent is at work. */
  readonly live: boolean;
}

/**
 * Prints the status of the agent behind the control socket, or where none answers what can be told without one. Returns the exit
 * code. @throws CommandError when no agent answers
 */
export async function status(
  config: Config,
  version: string,
  options: StatusOptions,
  print: (text: string) => void,
): Promise<number> {
  let report: AgentStatus;
  try {
    report = await fetchStatus(config.control);
  } catch (error) {
    // To say what the switch tells is a courtesy: whatever goes wrong with it, that no agent answers is the news.
    const found =
      options.live || options.quiet ? undefined : await unattendedStatus(config, version).catch(() => undefined);
    if (found !== undefined) print(options.json ? JSON.stringify(found, null, 2) : formatStatus(found, options.all));
    throw error;
  }
  if (options.live) return liveness(report, options.quiet ? () => undefined : print);
  if (!options.quiet) print(options.json ? JSON.stringify(report, null, 2) : formatStatus(report, options.all));
  return isHealthy(report) ? ExitCode.OK : ExitCode.UNHEALTHY;
}

/**
 * Whether starting the agent again could help. What a guest or an operator has done is no reason; to have lost OVSDB is one,
 * for a container keeps looking at a run folder that the host has made anew. @throws CommandError when it could
 */
function liveness({ database, mode, pid }: AgentStatus, print: (text: string) => void): number {
  if (!database.connected) {
    throw new CommandError(
      ExitCode.DATABASE,
      `the agent (pid ${pid}) runs without OVSDB: ${database.detail}; it goes on trying, and a container may have to be ` +
        'started again to see a run folder that was made anew',
    );
  }
  print(`the agent (pid ${pid}) is ${mode === 'active' ? 'at work' : 'standing by for the lock'}; ${database.detail}`);
  return ExitCode.OK;
}
