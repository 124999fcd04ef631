import { parseRemote as parse, type Remote } from '../base/remote.ts';

export { formatRemote, type Remote } from '../base/remote.ts';

/** Port of OVSDB assigned by IANA (RFC 7047 section 8), used when a remote names none. */
const DEFAULT_PORT = 6640;

/** Reads a remote as `ovsdb-server --remote` writes it; see `base/remote.ts`. @throws RemoteError */
export function parseRemote(text: string): Remote {
  return parse(text, DEFAULT_PORT);
}
