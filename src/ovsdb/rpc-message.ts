import { ProtocolError } from './errors.ts';
import { isJsonArray, isJsonObject, member, type Json } from './json-value.ts';

/** One message of OVSDB's JSON-RPC 1.0 dialect (RFC 7047 section 4; OVS `lib/jsonrpc.c`). */
export type RpcMessage =
  | { readonly kind: 'request'; readonly id: Json; readonly method: string; readonly params: readonly Json[] }
  | { readonly kind: 'notification'; readonly method: string; readonly params: readonly Json[] }
  | { readonly kind: 'result'; readonly id: Json; readonly result: Json }
  | { readonly kind: 'error'; readonly id: Json; readonly error: Json };

/**
 * Sorts a decoded JSON value into the kinds of message. Replies may lack `result` or `error`, requests may lack an `id`.
 * @throws ProtocolError for anything else
 */
export function parseRpcMessage(value: Json): RpcMessage {
  if (!isJsonObject(value)) throw new ProtocolError('the peer sent a JSON-RPC message that is not an object');
  const id = member(value, 'id') ?? null;
  const method = member(value, 'method');
  if (method !== undefined) {
    const params = member(value, 'params');
    if (typeof method !== 'string' || !isJsonArray(params)) {
      throw new ProtocolError('the peer sent a JSON-RPC request without a method name or a params array');
    }
    return id === null ? { kind: 'notification', method, params } : { kind: 'request', id, method, params };
  }
  const error = member(value, 'error') ?? null;
  const result = member(value, 'result');
  if (error === null && result === undefined) {
    throw new ProtocolError('the peer sent a JSON-RPC message that is neither request, reply nor error');
  }
  return error === null ? { kind: 'result', id, result: result ?? null } : { kind: 'error', id, error };
}
