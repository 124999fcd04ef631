import { basename, dirname } from 'node:path';
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { ConnectFailed, RequestTimeout } from './errors.ts';

/** Certificates for `ssl:`, PEM text. Open vSwitch checks the chain and not host names, and so does this. */
export interface TlsOptions {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Port of OpenFlow assigned by IANA. */
const DEFAULT_PORT = 6653;

type Target =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp' | 'ssl'; readonly host: string; readonly port: number };

/** Name of the bridge behind a remote, as far as it tells: the socket's name without `.mgmt`. */
export function bridgeName(remote: string): string | undefined {
  return remote.startsWith('unix:') ? basename(remote).replace(/\.mgmt$/, '') : undefined;
}

/**
 * Opens the stream of `unix:PATH`, `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]` (an IPv6 host in brackets). Rejects with
 * {@link ConnectFailed}, or {@link RequestTimeout} after `timeoutMs`.
 */
export function openRemote(remote: string, timeoutMs: number, tls?: TlsOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const target = parseRemote(remote);
    const socket = open(target, tls);
    const timer = setTimeout(() => {
      socket.destroy(new RequestTimeout(`${remote} did not accept a connection within ${timeoutMs} ms`));
    }, timeoutMs);
    const onError = (error: Error): void => {
      clearTimeout(timer);
      reject(error instanceof RequestTimeout ? error : explain(remote, target, error));
    };
    socket.once('error', onError);
    socket.once(target.kind === 'ssl' ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

function parseRemote(remote: string): Target {
  const [, kind, rest = ''] = /^(unix|tcp|ssl):(.+)$/s.exec(remote) ?? [];
  if (kind === 'unix') return { kind, path: rest };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(rest) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? DEFAULT_PORT : Number(digits);
  if ((kind !== 'tcp' && kind !== 'ssl') || host === undefined || port < 1 || port > 65535)
    throw new ConnectFailed('BAD_REMOTE', `"${remote}" is none of unix:PATH, tcp:HOST:PORT and ssl:HOST:PORT`);
  return { kind, host, port };
}

function open(target: Target, tls: TlsOptions | undefined): Socket {
  if (target.kind === 'unix') return createConnection({ path: target.path });
  const { host, port } = target;
  if (target.kind === 'tcp') return createConnection({ host, port, noDelay: true });
  // Without `ca`, or with an empty one, Node would believe every public authority.
  if (tls?.ca.includes('CERTIFICATE-----') !== true)
    throw new ConnectFailed(
      'NO_CA',
      `${target.kind}:${host}:${port} needs the certificate of the authority that signed its own`,
    );
  const options: ConnectionOptions = {
    ...tls,
    host,
    port,
    minVersion: 'TLSv1.2',
    // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment cannot turn verification off.
    rejectUnauthorized: true,
    checkServerIdentity: () => undefined,
  };
  return connectTls(options).setNoDelay(true);
}

function explain(remote: string, target: Target, error: Error): ConnectFailed {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'CONNECT_FAILED';
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
