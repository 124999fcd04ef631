import { TlsFileError } from '../base/connect.ts';
import { OvsdbError } from './errors.ts';

/** No connection to a remote could be made. `cause` is the system's error; the message names the remedy. */
export class ConnectError extends OvsdbError {
  readonly remote: string;
  constructor(remote: string, cause: Error) {
    const { what, remedy } = explain(remote, cause);
    super('OVSDB_CONNECT', `cannot connect to ${remote}: ${what}; ${remedy}`, { cause });
    this.remote = remote;
  }
}

interface Explanation {
  readonly what: string;
  readonly remedy: string;
}

function explain(remote: string, cause: Error): Explanation {
  if (cause instanceof TlsFileError) return { what: cause.message, remedy: 'name readable PEM files' };
  const code = errorCode(cause);
  return (remote.startsWith('unix:') ? explainUnix(code) : explainNetwork(code)) ?? explainOther(cause, code);
}

/** The code of an error, or of the first of the errors that "happy eyeballs" bundles. */
function errorCode(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) {
    for (const inner of error.errors) if (inner instanceof Error) return errorCode(inner);
  }
  return '';
}

function explainUnix(code: string): Explanation | undefined {
  switch (code) {
    case 'ENOENT':
      return {
        what: 'the socket does not exist',
        remedy: 'start ovsdb-server, or mount the folder that holds its socket',
      };
    case 'EACCES':
    case 'EPERM':
      return { what: 'permission denied', remedy: 'run as root or as a member of the group that owns the socket' };
    case 'ECONNREFUSED':
      return {
        what: 'the socket exists, but nothing listens on it',
        remedy:
          'start ovsdb-server; in a container, mount the folder, not the file: a restarted server makes a new socket',
      };
    case 'ENOTSOCK':
      return {
        what: 'it is not a socket',
        remedy: 'name the socket of ovsdb-server, usually /run/openvswitch/db.sock',
      };
    default:
      return undefined;
  }
}

function explainNetwork(code: string): Explanation | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return {
        what: 'nothing listens there',
        remedy: 'add the remote to ovsdb-server, e.g. ovs-vsctl set-manager ptcp:6640',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { what: 'the host name does not resolve', remedy: 'check the name, or write the address' };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { what: 'the host does not answer', remedy: 'check the address, the route and any firewall' };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        what: "the server's certificate does not name this host",
        remedy:
          'issue one that does, or turn host name verification off (ovs-pki issues certificates without host names)',
      };
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return {
        what: "the server's certificate is not signed by the configured CA",
        remedy: 'name the CA certificate that signed it',
      };
    case 'CERT_HAS_EXPIRED':
      return { what: "the server's certificate has expired", remedy: 'renew it, or check the clock' };
    default:
      return undefined;
  }
}

function explainOther(cause: Error, code: string): Explanation {
  const what = code === '' || cause.message.includes(code) ? cause.message : `${cause.message} (${code})`;
  return { what, remedy: 'check that the remote is right and that an OVSDB server listens there' };
}
