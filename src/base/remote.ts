import { isIPv6 } from 'node:net';

/** A text that names no peer; the message says what is wrong with it. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code = 'REMOTE';
}

/** Where a peer listens, in Open vSwitch's own words (ovsdb(7), "Connection Methods"). */
export type Remote =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp' | 'ssl'; readonly host: string; readonly port: number };

/** The longest path a unix socket address holds on Linux (`sun_path`, less its final zero). */
export const maxSocketPathBytes = 107;

/**
 * Reads `unix:PATH`, `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]`; an IPv6 HOST stands in brackets.
 * @throws RemoteError
 */
export function parseRemote(text: string, defaultPort: number): Remote {
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(colon, 0));
  const rest = text.slice(colon + 1);
  if (kind === 'unix') return { kind, path: checkPath(text, rest) };
  if (kind !== 'tcp' && kind !== 'ssl') throw bad(text, 'write unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT');
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(rest);
  const v6 = match?.groups?.['v6'];
  const host = v6 ?? match?.groups?.['name'];
  if (host === undefined) throw bad(text, `write ${kind}:HOST:PORT, with an IPv6 address in brackets`);
  if (v6 !== undefined && !isIPv6(v6.replace(/%.*$/, ''))) throw bad(text, `${v6} is not an IPv6 address`);
  const port = Number(match?.groups?.['port'] ?? defaultPort);
  if (port < 1 || port > 65535) throw bad(text, `port ${port} is not in 1-65535`);
  return { kind, host, port };
}

/** The inverse of `parseRemote`. */
export function formatRemote(remote: Remote): string {
  if (remote.kind === 'unix') return `unix:${remote.path}`;
  const host = remote.host.includes(':') ? `[${remote.host}]` : remote.host;
  return `${remote.kind}:${host}:${remote.port}`;
}

function checkPath(text: string, path: string): string {
  if (path === '' || path.includes('\0')) throw bad(text, 'it names no socket');
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    throw bad(
      text,
      `a socket path has at most ${maxSocketPathBytes} bytes; mount or link the folder at a shorter path`,
    );
  }
  return path;
}

function bad(text: string, why: string): RemoteError {
  return new RemoteError(`"${text}" names no peer: ${why}`);
}
