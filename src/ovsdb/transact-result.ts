import { CommitError, describeErrorReply, OperationError, ProtocolError } from './errors.ts';
import { isJsonArray, isJsonObject, member, type Json, type JsonObject } from './json-value.ts';
import type { Operation } from './operation.ts';
import { isUuid, type Uuid } from './value.ts';

/** What one successful operation reported. Which members are there depends on the operation (RFC 7047 section 5.2). */
export interface OperationResult {
  /** Of update, mutate and delete: how many rows matched; 0 when the row has vanished. */
  readonly count?: number;
  /** Of insert: the new row. */
  readonly uuid?: Uuid;
  /** Of select: rows as on the wire. */
  readonly rows?: readonly JsonObject[];
}

/**
 * Reads the reply to `transact` (RFC 7047 section 4.1.3).
 * @throws OperationError when an operation failed, CommitError when the commit did, ProtocolError when the reply is malformed
 */
export function parseTransactResults(reply: Json, operations: readonly Operation[]): OperationResult[] {
  if (!isJsonArray(reply)) throw new ProtocolError('the server answered "transact" with something else than an array');
  reply.forEach((result, index) => {
    if (!isJsonObject(result) || member(result, 'error') === undefined) return;
    const { error, details } = describeErrorReply(result);
    const operation = operations[index];
    // The failure of the commit itself is an element beyond those of the operations.
    if (operation === undefined) throw new CommitError(error, details);
    throw new OperationError(index, operation.op, error, details);
  });
  if (reply.length !== operations.length) {
    throw new ProtocolError(`the server sent ${reply.length} results for ${operations.length} operations`);
  }
  return reply.map(parseResult);
}

function parseResult(json: Json): OperationResult {
  if (!isJsonObject(json)) throw new ProtocolError('the server sent an operation result that is not an object');
  const count = member(json, 'count');
  const uuid = member(json, 'uuid');
  const rows = member(json, 'rows');
  const inserted = isJsonArray(uuid) ? uuid[1] : undefined;
  return {
    ...(typeof count === 'number' ? { count } : {}),
    ...(isUuid(inserted) ? { uuid: inserted } : {}),
    ...(isJsonArray(rows) ? { rows: rows.filter(isJsonObject) } : {}),
  };
}
