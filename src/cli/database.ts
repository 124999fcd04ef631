import { messageOf } from '../base/thrown.ts';
import type { Config, SslConfig } from '../config/config.ts';
import type { TlsFiles } from '../base/connect.ts';
import { SchemaError } from '../ovsdb/errors.ts';
import { parseRemote } from '../ovsdb/remote.ts';
import { VswitchDatabase } from '../vswitch/database.ts';
import { CommandError, ExitCode } from './exit-code.ts';

/** Opens the Open_vSwitch database that `config` names; it connects by itself from here on. @throws CommandError */
export function openDatabase(config: Config): VswitchDatabase {
  const [first, ...others] = config.ovsdb.map(parseRemote);
  if (first === undefined) throw new CommandError(ExitCode.USAGE, 'no OVSDB remote is configured');
  const { ssl } = config;
  return new VswitchDatabase({
    remotes: [first, ...others],
    ...(ssl === undefined ? {} : { tls: tlsOf(ssl) }),
    // An attempt on a local socket costs next to nothing, and until one succeeds no new guest is served.
    maxBackoffMs: config.ovsdb.every((remote) => remote.startsWith('unix:')) ? 250 : 1000,
  });
}

/** How long OVSDB is waited for, in milliseconds. */
export interface Patience {
  /** Until a server takes the connection. */
  readonly reach: number;
  /** From then on until it has sent the content: a busy one takes its time, and asking again would cost it more. */
  readonly content: number;
}

/** Of a command: enough for a server that is just restarting. */
const PATIENCE: Patience = { reach: 2000, content: 60_000 };

/** Waits until `database` is synced. @throws CommandError with the cause and the remedy */
export async function databaseReady(database: VswitchDatabase, { reach, content } = PATIENCE): Promise<void> {
  try {
    await database.ready({ timeoutMs: reach }).catch(async (error: unknown) => {
      if (database.state.kind !== 'connected') throw error;
      await database.ready({ timeoutMs: content });
    });
  } catch (error) {
    database.close();
    throw new CommandError(error instanceof SchemaError ? ExitCode.SCHEMA : ExitCode.DATABASE, messageOf(error));
  }
}

/** As Open vSwitch's own clients do, the server's certificate is trusted for its authority: those of ovs-pki name no host. */
export function tlsOf(ssl: SslConfig): TlsFiles {
  return { caFile: ssl.ca, certFile: ssl.certificate, keyFile: ssl.privateKey, verifyHostname: false };
}
