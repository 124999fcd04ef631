import type { AgentLog } from '../../base/agent-log.ts';
import type { Config, FleetConfig } from '../../config/config.ts';
import { loadCache } from '../../fleet/cache-file.ts';
import { Fleet } from '../../fleet/fleet.ts';
import { readFacts } from '../../fleet/read-facts.ts';
import { routersElsewhere } from '../../fleet/routers-elsewhere.ts';
import { parseRemote } from '../../ovsdb/remote.ts';
import type { ConnectionOptions } from '../../ovsdb/session-options.ts';
import type { RoutersElsewhere } from '../../pvlan/promiscuous-addresses.ts';
import { tlsOf } from '../database.ts';
import { CommandError, ExitCode } from '../exit-code.ts';

/** Waits between attempts to reach the fleet's database, in milliseconds: hundreds of hosts may have lost it at the same instant. */
const BACKOFF = { minBackoffMs: 500, maxBackoffMs: 8000 } as const;

/** This host's part in the fleet that `config` names; it connects by itself from here on. Undefined where it names none. */
export function openFleet(config: Config, version: string, log: AgentLog): Fleet | undefined {
  const { fleet } = config;
  if (fleet === undefined) return undefined;
  return new Fleet({
    host: fleet.host,
    version,
    read: fleetConnection(fleet, fleet.remotes),
    write: fleetConnection(fleet, fleet.members),
    cacheFile: fleet.cache,
    pvlans: config.pvlans.map(({ primary }) => primary),
    log,
  });
}

/** How to reach these servers of the fleet. @throws CommandError */
export function fleetConnection({ ssl }: FleetConfig, remotes: readonly string[]): ConnectionOptions {
  const [first, ...others] = remotes.map(parseRemote);
  if (first === undefined) throw new CommandError(ExitCode.USAGE, 'the fleet has no remote');
  return { remotes: [first, ...others], ...(ssl === undefined ? {} : { tls: tlsOf(ssl) }), ...BACKOFF };
}

/** What the agent of this host believes of routers elsewhere, by what it has kept of the fleet. */
export function knownRouters({ fleet }: Config): RoutersElsewhere | undefined {
  const rows = fleet === undefined ? undefined : loadCache(fleet.cache);
  return fleet === undefined || rows === undefined ? undefined : routersElsewhere(readFacts(rows), fleet.host);
}
