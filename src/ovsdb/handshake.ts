import { chain } from '../base/slices.ts';
import { asError } from '../base/thrown.ts';
import { RpcError, SchemaError } from './errors.ts';
import { monitorsOf, openMonitor, type MonitorRequest, type OpenedMonitor } from './monitor.ts';
import type { Handled, RpcChannel } from './rpc-channel.ts';
import { parseDatabaseSchema, type DatabaseSchema } from './schema.ts';

/** What is asked of a new connection. */
export interface HandshakeOptions {
  readonly database: string;
  /** Gives the monitor request for the server's schema, or throws a SchemaError. */
  readonly request: (schema: DatabaseSchema) => MonitorRequest;
  /** The last transaction seen of a monitor, or `noTransaction`. */
  readonly since: (monitor: string) => string;
  /** Whether another handshake has not taken the place of this one: then nothing more is asked or told. */
  readonly isCurrent: () => boolean;
  /** The content of one monitor is at hand. */
  readonly opened: (id: string, request: MonitorRequest, monitor: OpenedMonitor) => Handled;
  /** Every monitor is open. */
  readonly done: () => void;
}

/**
 * `get_schema`, then the monitors, one after the other. Calls back in stream order, before any later update is looked at; whatever
 * goes wrong, in a callback too, closes the channel with the reason. A server takes as long as it needs: what is alive and what
 * is not is for the Reconnector to tell.
 */
export function shakeHands(channel: RpcChannel, options: HandshakeOptions): void {
  const { database, request, since, isCurrent, opened, done } = options;
  const orClose = (step: () => Handled): Handled => {
    const close = (error: unknown): void => {
      if (isCurrent()) channel.close(asError(error));
    };
    if (!isCurrent()) return;
    try {
      const handled = step();
      return handled instanceof Promise ? handled.catch(close) : undefined;
    } catch (error) {
      close(error);
    }
  };
  const openNext = ([first, ...rest]: readonly (readonly [string, MonitorRequest])[]): void => {
    if (first === undefined) {
      done();
      return;
    }
    const [id, part] = first;
    openMonitor(channel, { database, id, request: part, since: since(id) }, (monitor) =>
      orClose(() => {
        if ('failure' in monitor) throw monitor.failure;
        const handled = opened(id, part, monitor);
        return chain(handled, () => {
          if (isCurrent()) openNext(rest);
        });
      }),
    );
  };
  channel.send('get_schema', [database], {}, (outcome) =>
    orClose(() => {
      if ('failure' in outcome) throw explain(outcome.failure, database);
      openNext([...monitorsOf(request(parseDatabaseSchema(outcome.result)))]);
    }),
  );
}

function explain(failure: Error, database: string): Error {
  if (!(failure instanceof RpcError) || failure.error !== 'unknown database') return failure;
  return new SchemaError(`the server has no database "${database}": is it the ovsdb-server that ovs-vswitchd uses?`);
}
