import { asError } from '../base/thrown.ts';
import { RpcError, SchemaError } from './errors.ts';
import { openMonitor, type MonitorRequest, type OpenedMonitor } from './monitor.ts';
import type { WatchedColumns } from './replica.ts';
import type { Handled, RpcChannel } from './rpc-channel.ts';
import { parseDatabaseSchema, type DatabaseSchema } from './schema.ts';
import { watchedColumns } from './watched-columns.ts';

/** What a session asks of each new connection. */
export interface HandshakeOptions {
  readonly database: string;
  /** Gives the monitor request for the server's schema, or throws a SchemaError. */
  readonly request: (schema: DatabaseSchema) => MonitorRequest;
  /** The last transaction seen, or `noTransaction`. */
  readonly since: (schema: DatabaseSchema) => string;
}

/** A connection whose content is at hand. */
export interface Handshake {
  readonly schema: DatabaseSchema;
  readonly watched: WatchedColumns;
  readonly monitor: OpenedMonitor;
}

/**
 * `get_schema`, then the monitor. Calls `ready` in stream order, before any update is looked at; whatever goes wrong, in
 * `ready` too, closes the channel with the reason. A server takes as long as it needs: what is alive and what is not is for
 * the Reconnector to tell.
 */
export function shakeHands(channel: RpcChannel, options: HandshakeOptions, ready: (made: Handshake) => Handled): void {
  const { database, since } = options;
  const close = (error: unknown): void => {
    channel.close(asError(error));
  };
  const orClose = (step: () => Handled): Handled => {
    try {
      const handled = step();
      return handled instanceof Promise ? handled.catch(close) : undefined;
    } catch (error) {
      close(error);
    }
  };
  channel.send('get_schema', [database], {}, (outcome) =>
    orClose(() => {
      if ('failure' in outcome) throw explain(outcome.failure, database);
      const schema = parseDatabaseSchema(outcome.result);
      const request = options.request(schema);
      const watched = watchedColumns(schema, request);
      openMonitor(channel, database, request, since(schema), (monitor) =>
        orClose(() => {
          if ('failure' in monitor) throw monitor.failure;
          return ready({ schema, watched, monitor });
        }),
      );
    }),
  );
}

function explain(failure: Error, database: string): Error {
  if (!(failure instanceof RpcError) || failure.error !== 'unknown database') return failure;
  return new SchemaError(`the server has no database "${database}": is it the ovsdb-server that ovs-vswitchd uses?`);
}
