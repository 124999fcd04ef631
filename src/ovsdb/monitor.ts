import { RpcError } from './errors.ts';
import { isJsonArray, type Json, type JsonObject } from './json-value.ts';
import type { Condition } from './operation.ts';
import type { Handled, RpcChannel } from './rpc-channel.ts';
import type { UpdateFormat } from './table-updates.ts';

/** What to watch of one table. */
export interface TableMonitor {
  readonly columns: readonly string[];
  /**
   * Only rows that fulfil any one of these; absent or empty means every row. A server too old for `monitor_cond` ignores it
   * and sends every row.
   */
  readonly where?: readonly (Condition | boolean)[];
  /**
   * Tables of the same name here share a monitor; those without one share another. A server answers a monitor without any
   * condition out of a cache that all its clients share, so tables that all want whole are best asked for apart.
   */
  readonly monitor?: string;
}

/** What to watch, by table name. */
export type MonitorRequest = Readonly<Record<string, TableMonitor>>;

/** Conditions that replace those of a monitor request, by table. */
export type MonitorConditions = Readonly<Record<string, NonNullable<TableMonitor['where']>>>;

/** The ways to watch, best first: ovsdb-server(7) 4.1.15 and 4.1.12, RFC 7047 4.1.5. */
export const monitorMethods = ['monitor_cond_since', 'monitor_cond', 'monitor'] as const;
export type MonitorMethod = (typeof monitorMethods)[number];

/** Stands for "no transaction seen yet"; a server also sends it when its database keeps no history. */
export const noTransaction = '00000000-0000-0000-0000-000000000000';

/** The name of the monitor of the tables that name none. */
export const defaultMonitor = 'replica';

/** The monitors that a request asks for, by name. */
export function monitorsOf(request: MonitorRequest): ReadonlyMap<string, MonitorRequest> {
  const monitors = new Map<string, Record<string, TableMonitor>>();
  for (const [table, spec] of Object.entries(request)) {
    const id = spec.monitor ?? defaultMonitor;
    monitors.set(id, { ...monitors.get(id), [table]: spec });
  }
  return monitors;
}

/** What to open a monitor of. */
export interface MonitorOpening {
  readonly database: string;
  /** Its name, which none that is open on the channel has. */
  readonly id: string;
  readonly request: MonitorRequest;
  /** The last transaction already seen, or `noTransaction`. */
  readonly since: string;
}

/** A monitor the server has accepted. */
export interface OpenedMonitor {
  readonly method: MonitorMethod;
  readonly format: UpdateFormat;
  /** Table updates: all rows, or those since `since` when `incremental`. */
  readonly content: Json;
  readonly incremental: boolean;
  readonly lastTransaction: string;
}

/** What `openMonitor` ends with. */
export type MonitorOutcome = OpenedMonitor | { readonly failure: Error };

/**
 * Opens the monitor by the best method the server knows. `settle` runs before any later message is looked at, so no update
 * can overtake the initial content.
 */
export function openMonitor(
  channel: RpcChannel,
  { database, id, request, since }: MonitorOpening,
  settle: (outcome: MonitorOutcome) => Handled,
): void {
  const attempt = (methods: readonly MonitorMethod[]): void => {
    const [method, ...older] = methods;
    if (method === undefined) return;
    const params = [database, id, encodeRequest(request, method)];
    channel.send(method, method === 'monitor_cond_since' ? [...params, since] : params, {}, (outcome) => {
      if ('result' in outcome) return settle(readReply(method, outcome.result));
      const isUnknown = outcome.failure instanceof RpcError && outcome.failure.error === 'unknown method';
      if (!isUnknown || older.length === 0) return settle(outcome);
      attempt(older);
      return undefined;
    });
  };
  attempt(monitorMethods);
}

/** The `<monitor-cond-update-requests>` that replace the conditions of an open monitor (ovsdb-server(7) 4.1.14). */
export function encodeConditions(conditions: MonitorConditions): JsonObject {
  return Object.fromEntries(Object.entries(conditions).map(([table, where]) => [table, [{ where }]]));
}

function encodeRequest(request: MonitorRequest, method: MonitorMethod): JsonObject {
  return Object.fromEntries(
    Object.entries(request).map(([table, { columns, where }]) => {
      const conditional = method !== 'monitor' && where !== undefined;
      return [table, [conditional ? { columns, where } : { columns }]];
    }),
  );
}

function readReply(method: MonitorMethod, result: Json): OpenedMonitor {
  const whole = { incremental: false, lastTransaction: noTransaction };
  if (method === 'monitor') return { method, format: 1, content: result, ...whole };
  if (method === 'monitor_cond') return { method, format: 2, content: result, ...whole };
  const [found, last, content] = isJsonArray(result) ? result : [];
  const lastTransaction = typeof last === 'string' ? last : noTransaction;
  return { method, format: 2, content: content ?? null, incremental: found === true, lastTransaction };
}
