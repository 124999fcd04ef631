import type { Socket } from 'node:net';
import { openStream, type TlsFiles } from '../base/connect.ts';
import { formatRemote, type Remote } from '../base/remote.ts';
import { asError } from '../base/thrown.ts';
import { ConnectError } from './connect-error.ts';

/**
 * Opens a stream to an OVSDB server.
 * @throws ConnectError with the remote, the cause and the remedy; an abort through `signal` too
 */
export async function connectRemote(remote: Remote, tls: TlsFiles | undefined, signal: AbortSignal): Promise<Socket> {
  try {
    return await openStream(remote, tls, signal);
  } catch (error) {
    throw new ConnectError(formatRemote(remote), asError(error));
  }
}
