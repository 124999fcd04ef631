import { isJsonObject, member, type Json } from './json-value.ts';

/** Base of every error this library raises; `code` is stable, the message is for people. */
export class OvsdbError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The peer sent bytes or a message the protocol does not allow; the connection is closed. */
export class ProtocolError extends OvsdbError {
  constructor(message: string, options?: ErrorOptions) {
    super('OVSDB_PROTOCOL', message, options);
  }
}

/** There is no connection, or it ended while the request was under way. */
export class DisconnectedError extends OvsdbError {
  constructor(message: string, options?: ErrorOptions) {
    super('OVSDB_DISCONNECTED', message, options);
  }
}

/** The server is alive but not one to use: cut off, behind, or not of the kind that is needed. Another one is tried. */
export class UnfitServerError extends OvsdbError {
  constructor(message: string) {
    super('OVSDB_UNFIT', message);
  }
}

/** The peer answered with a JSON-RPC error (RFC 7047 section 4), as a string or as an object. */
export class RpcError extends OvsdbError {
  /** The error word: the string itself, or the `error` member of an error object. */
  readonly error: string;
  readonly details: string | undefined;
  constructor(method: string, reply: Json) {
    const { error, details } = describeErrorReply(reply);
    super('OVSDB_RPC', `the server refused "${method}": ${error}${details === undefined ? '' : ` (${details})`}`);
    this.error = error;
    this.details = details;
  }
}

/** A request was not answered in time. What it asked for may still happen. */
export class TimeoutError extends OvsdbError {
  constructor(message: string, options?: ErrorOptions) {
    super('OVSDB_TIMEOUT', message, options);
  }
}

/** One operation of a transaction failed, so none of it was committed (RFC 7047 section 4.1.3). */
export class OperationError extends OvsdbError {
  readonly operationIndex: number;
  readonly error: string;
  readonly details: string | undefined;
  constructor(operationIndex: number, operation: string, error: string, details: string | undefined) {
    const because = details === undefined ? error : `${error} (${details})`;
    super('OVSDB_OPERATION', `operation ${operationIndex} ("${operation}") failed, nothing was committed: ${because}`);
    this.operationIndex = operationIndex;
    this.error = error;
    this.details = details;
  }
}

/** Every operation succeeded, yet the commit as a whole failed, e.g. on referential integrity. */
export class CommitError extends OvsdbError {
  readonly error: string;
  readonly details: string | undefined;
  constructor(error: string, details: string | undefined) {
    super(
      'OVSDB_COMMIT',
      `the transaction was not committed: ${details === undefined ? error : `${error} (${details})`}`,
    );
    this.error = error;
    this.details = details;
  }
}

/** A value that OVSDB cannot hold. Nothing was sent, and the connection is as it was. */
export class ValueError extends OvsdbError {
  constructor(message: string) {
    super('OVSDB_VALUE', `nothing was sent: ${message}`);
  }
}

/** The server's schema lacks something this client depends on; retrying does not help. */
export class SchemaError extends OvsdbError {
  constructor(message: string) {
    super('OVSDB_SCHEMA', message);
  }
}

/** Reads the two shapes errors have on the wire: `"text"` and `{"error": "word", "details": "text"}`. */
export function describeErrorReply(reply: Json): { error: string; details: string | undefined } {
  if (typeof reply === 'string') return { error: reply, details: undefined };
  if (isJsonObject(reply)) {
    const error = member(reply, 'error');
    // ovsdb-server says by `io-error` what the system said, such as that the disk is full (ovsdb_error_to_json).
    const details = [member(reply, 'details'), member(reply, 'io-error')].filter((part) => typeof part === 'string');
    if (typeof error === 'string') return { error, details: details.length === 0 ? undefined : details.join(': ') };
  }
  return { error: 'an error of unknown form', details: undefined };
}
