import { basename, dirname } from 'node:path';
import type { Socket } from 'node:net';
import { openStream, TlsFileError, type TlsFiles } from '../base/connect.ts';
import { deadline } from '../base/deadline.ts';
import { parseRemote, RemoteError, type Remote } from '../base/remote.ts';
import { asError, errnoOf } from '../base/thrown.ts';
import { ConnectFailed, RequestTimeout } from './errors.ts';

/** Port of OpenFlow assigned by IANA. */
const DEFAULT_PORT = 6653;

/** Name of the bridge behind a remote, as far as it tells: the socket's name without `.mgmt`. */
export function bridgeName(remote: string): string | undefined {
  return remote.startsWith('unix:') ? basename(remote).replace(/\.mgmt$/, '') : undefined;
}

/**
 * Opens the stream of `unix:PATH`, `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]` (an IPv6 host in brackets). Rejects with
 * {@link ConnectFailed}, or {@link RequestTimeout} after `timeoutMs`.
 */
export async function openRemote(remote: string, timeoutMs: number, tls?: TlsFiles): Promise<Socket> {
  const target = targetOf(remote);
  const patience = new AbortController();
  const cancel = deadline(timeoutMs, () => {
    patience.abort(new RequestTimeout(`${remote} did not accept a connection within ${timeoutMs} ms`));
  });
  try {
    return await openStream(target, tls, patience.signal);
  } catch (error) {
    throw error instanceof RequestTimeout ? error : explain(remote, target, asError(error));
  } finally {
    cancel();
  }
}

function targetOf(remote: string): Remote {
  try {
    return parseRemote(remote, DEFAULT_PORT);
  } catch (error) {
    if (error instanceof RemoteError) throw new ConnectFailed('BAD_REMOTE', error.message);
    throw error;
  }
}

function explain(remote: string, target: Remote, error: Error): ConnectFailed {
  const code = error instanceof TlsFileError ? 'TLS_FILE' : (errnoOf(error) ?? 'CONNECT_FAILED');
  if (target.kind !== 'unix') {
    const hint =
      code === 'ECONNREFUSED' ? '; does the bridge listen there (ovs-vsctl set-controller BR ptcp:PORT)?' : '';
    return new ConnectFailed(code, `cannot connect to ${remote}: ${error.message}${hint}`, { cause: error });
  }
  const { path } = target;
  const bridge = bridgeName(remote) ?? path;
  const messages: Readonly<Record<string, string>> = {
    ENOENT: `bridge ${bridge} has no socket at ${path}: mount the folder ${dirname(path)} of the host if this runs in a container, else check that ovs-vswitchd runs and the bridge exists (ovs-vsctl br-exists ${bridge})`,
    EACCES: `bridge ${bridge} has a socket at ${path} that this user may not open: run as root, or as a user the folder ${dirname(path)} lets in`,
    ECONNREFUSED: `nobody listens at ${path}, the socket of bridge ${bridge}: ovs-vswitchd has ended and left it behind; start ovs-vswitchd`,
  };
  return new ConnectFailed(code, messages[code] ?? `cannot connect to bridge ${bridge} at ${path}: ${error.message}`, {
    cause: error,
  });
}
