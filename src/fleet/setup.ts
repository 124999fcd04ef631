import { join } from 'node:path';
import type { JsonObject } from '../ovsdb/json-value.ts';
import { setOf, type Operation } from '../ovsdb/operation.ts';
import { FLEET_DATABASE } from './reader.ts';
import { fleetSchema } from './rows.generated.ts';

/** The role that the remotes for hosts have: `RBAC_Role` says what it may write. */
export const HOST_ROLE = 'host';

/** What a host may write, by table: the column that has to be its certificate's common name, and those that it may change. */
const PERMISSIONS = {
  Host: { authorization: 'name', update: ['epoch', 'version'] },
  Endpoint: {
    authorization: 'host',
    update: ['nic', 'mac', 'extra_macs', 'addresses', 'pvlan', 'role', 'community', 'moving'],
  },
  Router: { authorization: 'host', update: ['port'] },
} as const;

/** A server of the fleet's database. */
export interface ServerSetup {
  /** Absolute path of the folder with the database, its control socket and the log. */
  readonly folder: string;
  /** Where hosts connect, as `Connection` rows have it: `pssl:6641`, or `ptcp:6641:ADDRESS` and `punix:PATH` for a lab. */
  readonly listen: readonly string[];
  /** Its address within the cluster; without one the server is alone. */
  readonly raft?: string;
  /** Addresses of members of the cluster that it joins. */
  readonly join?: readonly string[];
  readonly tls?: { readonly ca: string; readonly certificate: string; readonly privateKey: string };
}

/** One step: a file to write, or a command to run. */
export type SetupStep =
  | { readonly kind: 'file'; readonly path: string; readonly content: string }
  | { readonly kind: 'run'; readonly argv: readonly string[] };

/** What makes a first server, or, with `join`, another one of its cluster. */
export function serverSteps(setup: ServerSetup): readonly SetupStep[] {
  const database = join(setup.folder, 'pvlan-fleet.db');
  const schema = join(setup.folder, 'pvlan-fleet.ovsschema');
  const { raft, join: members = [] } = setup;
  const isFirst = members.length === 0;
  const made =
    raft === undefined
      ? run('ovsdb-tool', 'create', database, schema)
      : isFirst
        ? run('ovsdb-tool', '--election-timer=8000', 'create-cluster', database, schema, raft)
        : run('ovsdb-tool', 'join-cluster', database, FLEET_DATABASE, raft, ...members);
  return [
    ...(isFirst ? [schemaFile(schema)] : []),
    made,
    run('ovsdb-server', ...serverOptions(setup), database),
    ...(isFirst ? [run('ovsdb-client', 'transact', adminRemote(setup.folder), transaction(setup.listen))] : []),
  ];
}

/** What brings a running database to the schema of this release. */
export function upgradeSteps(folder: string): readonly SetupStep[] {
  const schema = join(folder, 'pvlan-fleet.ovsschema');
  return [schemaFile(schema), run('ovsdb-client', 'convert', adminRemote(folder), schema)];
}

/** What takes away all that a host has told; one that is alive tells it again. */
export function forgetSteps(folder: string, host: string): readonly SetupStep[] {
  const columns = { Endpoint: 'host', Router: 'host', Verdict: 'host', Host: 'name' } as const;
  const deletions = Object.entries(columns).map(([table, column]): Operation => ({
    op: 'delete',
    table,
    where: [[column, '==', host]],
  }));
  return [run('ovsdb-client', 'transact', adminRemote(folder), JSON.stringify([FLEET_DATABASE, ...deletions]))];
}

/** Where the operator reaches a server, with every right. */
export function adminRemote(folder: string): string {
  return `unix:${join(folder, 'admin.sock')}`;
}

/** What an empty database needs: where it listens, and what hosts may write. It is refused where that is there already. */
export function initialRows(listen: readonly string[]): readonly Operation[] {
  const permissions = Object.entries(PERMISSIONS).map(([table, { authorization, update }]): Operation => ({
    op: 'insert',
    table: 'RBAC_Permission',
    'uuid-name': table,
    row: { table, authorization: setOf([authorization]), insert_delete: true, update: setOf(update) },
  }));
  const role: JsonObject = {
    name: HOST_ROLE,
    permissions: ['map', Object.keys(PERMISSIONS).map((table) => [table, ['named-uuid', table]])],
  };
  const connections = listen.map((target, index): Operation => ({
    op: 'insert',
    table: 'Connection',
    'uuid-name': `connection${index}`,
    // Who comes without a certificate has no name to check rights by: such remotes are for a lab.
    row: { target, role: target.startsWith('pssl:') ? HOST_ROLE : '' },
  }));
  const names = listen.map((_, index) => ['named-uuid', `connection${index}`]);
  return [
    { op: 'wait', table: 'Fleet', where: [], columns: ['connections'], until: '==', rows: [], timeout: 0 },
    ...permissions,
    { op: 'insert', table: 'RBAC_Role', row: role },
    ...connections,
    { op: 'insert', table: 'Fleet', row: { connections: ['set', names] } },
  ];
}

function transaction(listen: readonly string[]): string {
  return JSON.stringify([FLEET_DATABASE, ...initialRows(listen)]);
}

function serverOptions({ folder, tls }: ServerSetup): readonly string[] {
  const file = (ending: string): string => join(folder, `pvlan-fleet.${ending}`);
  return [
    '--detach',
    `--pidfile=${file('pid')}`,
    `--unixctl=${file('ctl')}`,
    `--log-file=${file('log')}`,
    `--remote=p${adminRemote(folder)}`,
    `--remote=db:${FLEET_DATABASE},Fleet,connections`,
    ...(tls === undefined
      ? []
      : [`--private-key=${tls.privateKey}`, `--certificate=${tls.certificate}`, `--ca-cert=${tls.ca}`]),
  ];
}

function schemaFile(path: string): SetupStep {
  return { kind: 'file', path, content: fleetSchema };
}

function run(...argv: readonly string[]): SetupStep {
  return { kind: 'run', argv };
}
