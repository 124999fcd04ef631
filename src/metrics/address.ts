/** Where the metrics are served. */
export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Reads `unix:/path`, a port of 127.0.0.1, or `address:port`. @throws RangeError */
export function listenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) return { kind: 'unix', path: text.slice('unix:'.length) };
  const [, host = '127.0.0.1', number = ''] = /^(?:(.+):)?(\d+)$/.exec(text) ?? [];
  const port = Number(number);
  if (number === '' || port < 1 || port > 65535) {
    throw new RangeError(`metrics.listen '${text}': give unix:/path, a port from 1 to 65535, or address:port`);
  }
  return { kind: 'tcp', host: host.replace(/^\[(.*)\]$/, '$1'), port };
}
