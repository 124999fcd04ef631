import type { Located } from './document.ts';
import type { Problem } from './error.ts';
import { child } from './pointer.ts';
import { show } from './complaint.ts';

/** Length of `sun_path` on Linux without its final zero (unix(7)). */
const MAX_SOCKET_PATH = 107;

/** What of the TLS files is given. */
export interface SslFiles {
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly privateKey: string | undefined;
}

/** What is wrong with remotes that look right: ports, lengths, missing TLS files, and tcp: as a way around ssl:. `locate` is relative to the list. */
export const remoteProblems = (remotes: readonly string[], ssl: SslFiles, locate: Located['locate']): Problem[] => {
  const encrypted = remotes.find((remote) => remote.startsWith('ssl:'));
  return remotes.flatMap((remote, index) => {
    const place = locate(child('', index));
    const missing = Object.entries(ssl).flatMap(([name, path]) => (path === undefined ? [`ssl.${name}`] : []));
    if (remote.startsWith('unix:')) return socketProblems(remote.slice('unix:'.length), place);
    const port = /:(\d+)$/.exec(remote.slice('tcp:'.length))?.[1];
    if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) {
      return [{ ...place, message: `${show(remote)} names port ${port}; allowed: 1 to 65535` }];
    }
    if (remote.startsWith('tcp:') && encrypted !== undefined) {
      const message = `${show(remote)} is not encrypted, and would be used whenever ${show(encrypted)} fails; give one kind only`;
      return [{ ...place, message }];
    }
    if (remote.startsWith('ssl:') && missing.length > 0) {
      return [
        { ...place, message: `${show(remote)} needs ${missing.join(', ')}; give the PEM files under the key ssl` },
      ];
    }
    return [];
  });
};

/** What is wrong with the address of a server of ours that looks right. */
export const listenProblems = (address: string | undefined, place: Omit<Problem, 'message'>): Problem[] => {
  if (address === undefined) return [];
  if (address.startsWith('unix:')) return socketProblems(address.slice('unix:'.length), place);
  const port = Number(/(\d+)$/.exec(address)?.[1]);
  return port >= 1 && port <= 65535
    ? []
    : [{ ...place, message: `${show(address)} names port ${port}; allowed: 1 to 65535` }];
};

/** What keeps the absolute `path` from being a socket's address. */
export const socketProblems = (path: string, place: Omit<Problem, 'message'>): Problem[] => {
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH) return [];
  const message = `the socket path has ${bytes} bytes; allowed: at most ${MAX_SOCKET_PATH}, so mount or link its folder elsewhere`;
  return [{ ...place, message }];
};
