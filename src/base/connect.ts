import { readFile } from 'node:fs/promises';
import { connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { Remote } from './remote.ts';
import { asError } from './thrown.ts';

/** PEM files for `ssl:` remotes. They are read anew at each attempt, so renewed certificates need no restart. */
export interface TlsFiles {
  /** Certificates that may have signed the server's. */
  readonly caFile: string;
  /** This client's certificate and key; a server started with `--ca-cert` demands them. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /**
   * Whether the server's certificate must name the remote's host. Default true; `ovs-pki` issues certificates that name no
   * host, which need false: then any certificate the CA signed is accepted, as OVS itself does.
   */
  readonly verifyHostname?: boolean;
}

/** A certificate or key that cannot be had. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';
}

/**
 * Opens a stream to `remote`. Resolves once it is connected (for `ssl:`, authenticated).
 * @throws the system's error, TlsFileError, or the reason with which `signal` was aborted
 */
export async function openStream(remote: Remote, tls: TlsFiles | undefined, signal: AbortSignal): Promise<Socket> {
  const socket = await openSocket(remote, tls, signal);
  if (remote.kind !== 'unix') socket.setNoDelay(true);
  return socket;
}

async function openSocket(remote: Remote, tls: TlsFiles | undefined, signal: AbortSignal): Promise<Socket> {
  switch (remote.kind) {
    case 'unix':
      return connected(netConnect({ path: remote.path }), 'connect', signal);
    case 'tcp':
      return connected(netConnect({ host: remote.host, port: remote.port }), 'connect', signal);
    case 'ssl': {
      if (tls === undefined) throw new TlsFileError('no CA certificate is configured for it');
      const [ca, cert, key] = await Promise.all([pem(tls.caFile), pem(tls.certFile), pem(tls.keyFile)]);
      signal.throwIfAborted();
      // For an empty `ca` Node would believe every public authority.
      if (!holdsCertificate(ca)) throw new TlsFileError(`the file ${tls.caFile} holds no certificate`);
      const socket = tlsConnect({
        host: remote.host,
        port: remote.port,
        ca,
        cert,
        key,
        minVersion: 'TLSv1.2',
        // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment cannot turn verification off.
        rejectUnauthorized: true,
        ...(tls.verifyHostname === false ? { checkServerIdentity: () => undefined } : {}),
      });
      return connected(socket, 'secureConnect', signal);
    }
  }
}

function connected(socket: Socket, ready: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      socket.destroy(asError(signal.reason));
    };
    // TLS may end the connection without an error, e.g. against a server that speaks no TLS at all.
    const closed = (): void => {
      reject(new Error('the peer closed the connection at once'));
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', closed);
    // Stays attached: between here and the new owner's first listener no error may go unheard.
    socket.on('error', reject);
    socket.once(ready, () => {
      signal.removeEventListener('abort', abort);
      socket.off('close', closed);
      resolve(socket);
    });
    if (signal.aborted) abort();
  });
}

function holdsCertificate(text: string | undefined): boolean {
  return text?.includes('CERTIFICATE-----') === true;
}

async function pem(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new TlsFileError(`the file ${file} cannot be read (${asError(error).message})`, { cause: error });
  }
}
