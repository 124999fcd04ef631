import { hostname } from 'node:os';
import type { FleetConfig } from './config.ts';
import type { Located } from './document.ts';
import type { Problem } from './error.ts';
import { remoteProblems, type SslFiles } from './remotes.ts';
import { keySchema } from './schema.ts';

/** The key `fleet` as the file has it, checked by the schema. */
export interface FleetEntry {
  readonly remotes: readonly string[];
  readonly members?: readonly string[];
  readonly host?: string;
  readonly cache?: string;
  readonly ssl?: SslFiles;
}

/**
 * The key `fleet` with its defaults, and what is wrong with it. `locate` is relative to it.
 * @param ssl the files for `ovsdb`, which serve the fleet, too, where it names none
 */
export const fleetSettings = (
  entry: FleetEntry | undefined,
  ssl: SslFiles,
  locate: Located['locate'],
): { value: FleetConfig | undefined; problems: Problem[] } => {
  if (entry === undefined) return { value: undefined, problems: [] };
  const { remotes, members = remotes, host = hostname() } = entry;
  const { ca, certificate, privateKey } = entry.ssl ?? ssl;
  const files = { ca, certificate, privateKey };
  const problems = [
    ...remoteProblems(remotes, files, (pointer, what) => locate(`/remotes${pointer}`, what)),
    ...(entry.members === undefined
      ? []
      : remoteProblems(members, files, (pointer, what) => locate(`/members${pointer}`, what))),
  ];
  const tls =
    ca !== undefined && certificate !== undefined && privateKey !== undefined
      ? { ca, certificate, privateKey }
      : undefined;
  const cache = entry.cache ?? String(keySchema('fleet.cache').default);
  return { value: { remotes, members, host, cache, ssl: tls }, problems };
};
