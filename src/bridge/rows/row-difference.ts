import { setOf, stringMap, whereUuid, type Mutation, type Operation } from '../../ovsdb/operation.ts';
import type { Json } from '../../ovsdb/json-value.ts';
import { portSetting } from '../../pvlan/port-setting.ts';
import type { Verdict } from '../../pvlan/verdict.ts';
import { isParked, sameVlanSetting, type VlanSetting } from '../../pvlan/vlan-setting.ts';
import type { PortRow } from '../../vswitch/rows.generated.ts';
import { INTERFACE_KEYS, marksOf, standingMarks } from '../../observe/marks.ts';
import { encodeSetting, keeps, SAVED_KEY } from '../../observe/saved-setting.ts';
import { currentSetting } from '../../observe/original-setting.ts';
import type { SurveyedPort } from '../../observe/surveyed-port.ts';

/** Changes to one port's rows; each list is one transaction. */
export interface RowChanges {
  /** Closes or keeps closed: right at any time. */
  readonly tighten: readonly Operation[];
  /** Opens, releases or announces: only once the flows are acknowledged. */
  readonly loosen: readonly Operation[];
}

/**
 * What the Port and Interface rows of `port` need for its verdict. `open` says that its flows are (or are about to be)
 * acknowledged, so that its marks are due. Foreign keys of external_ids are never part of an operation.
 */
export function rowChanges(port: SurveyedPort, verdict: Verdict, open: boolean): RowChanges {
  const wanted = portSetting(verdict);
  const closes = wanted !== undefined && isParked(wanted);
  const closed = closes && isParked(currentSetting(port.row));
  // Each change makes ovs-vswitchd configure anew, and flows would wait for that: what a parked port lacks can wait for the flows
  // that open it.
  const setting = closed && port.ofports.length === 0 ? [] : settingChange(port, verdict);
  const marks = markChange(port, (ids) => (open ? marksOf(verdict) : standingMarks(verdict, ids)));
  const announces = open && marksOf(verdict).size > 0;
  const parks = closes && !(closed && open);
  return {
    tighten: [...(parks ? setting : []), ...(announces ? [] : marks)],
    loosen: [...(parks ? [] : setting), ...(announces ? marks : [])],
  };
}

/** Undoes everything the agent wrote to the rows of `port`, and leaves it with the VLAN setting `vlan`: by default, that of before. */
export function restoration(port: SurveyedPort, vlan: VlanSetting = port.vlan): readonly Operation[] {
  const differs = owesSetting(port) || !sameVlanSetting(currentSetting(port.row), vlan);
  return [...(differs ? restore(port.row, vlan) : []), ...markChange(port, () => new Map())];
}

/** Whether there is a setting to put back; what cannot be read is left for the operator to look at. */
function owesSetting({ original }: SurveyedPort): boolean {
  return original.isReplaced && !original.isLost;
}

/** Whether the rows of `port` bear anything of the agent's. */
export function bearsTraces(port: SurveyedPort): boolean {
  return restoration(port).length > 0;
}

/** Whether the rows of `port` bear exactly the marks that an installed port with this verdict has. */
export function bearsMarks(port: SurveyedPort, verdict: Verdict): boolean {
  return markChange(port, () => marksOf(verdict)).length === 0;
}

/** Whether the row already has the setting that `verdict` asks for. */
export function hasSetting(port: SurveyedPort, verdict: Verdict): boolean {
  const wanted = portSetting(verdict);
  return wanted === undefined ? !port.original.isReplaced : sameVlanSetting(currentSetting(port.row), wanted);
}

function settingChange(port: SurveyedPort, verdict: Verdict): readonly Operation[] {
  const { row } = port;
  const wanted = portSetting(verdict);
  if (wanted === undefined) return owesSetting(port) ? restore(row, port.vlan) : [];
  const kept = row.external_ids.get(SAVED_KEY);
  const isKept = port.original.isLost || keeps(kept, port.vlan);
  if (sameVlanSetting(currentSetting(row), wanted) && isKept) return [];
  return [
    unchanged(row),
    { op: 'update', table: 'Port', where: whereUuid(row._uuid), row: columns(wanted) },
    ...(isKept ? [] : [keepSetting(port)]),
  ];
}

function keepSetting({ row, vlan }: SurveyedPort): Operation {
  return mutateIds('Port', row._uuid, [SAVED_KEY], new Map([[SAVED_KEY, encodeSetting(vlan)]]));
}

function restore(row: PortRow, original: VlanSetting): readonly Operation[] {
  return [
    unchanged(row),
    { op: 'update', table: 'Port', where: whereUuid(row._uuid), row: columns(original) },
    mutateIds('Port', row._uuid, [SAVED_KEY], new Map()),
  ];
}

/** Fails the transaction when somebody changed the setting meanwhile: what we would save or restore is out of date then. */
function unchanged(row: PortRow): Operation {
  const now = columns(currentSetting(row));
  return {
    op: 'wait',
    table: 'Port',
    where: whereUuid(row._uuid),
    columns: Object.keys(now),
    until: '==',
    rows: [now],
    timeout: 0,
  };
}

function columns(setting: VlanSetting): Record<string, Json> {
  return {
    vlan_mode: setOf(setting.vlanMode === undefined ? [] : [setting.vlanMode]),
    tag: setOf(setting.tag === undefined ? [] : [setting.tag]),
    trunks: setOf(setting.trunks),
    protected: setting.protected,
  };
}

function markChange(
  port: SurveyedPort,
  marks: (ids: ReadonlyMap<string, string>) => ReadonlyMap<string, string>,
): readonly Operation[] {
  const operations: Operation[] = [];
  for (const one of port.interfaces) {
    const wanted = marks(one.external_ids);
    const differs = INTERFACE_KEYS.some((key) => one.external_ids.get(key) !== wanted.get(key));
    if (differs) operations.push(mutateIds('Interface', one._uuid, INTERFACE_KEYS, wanted));
  }
  return operations;
}

/** Replaces our keys in one step; a map's insert alone would keep an older value (RFC 7047 section 5.1, "mutation"). */
function mutateIds(
  table: string,
  uuid: PortRow['_uuid'],
  keys: readonly string[],
  values: ReadonlyMap<string, string>,
): Operation {
  const mutations: Mutation[] = [['external_ids', 'delete', setOf(keys)]];
  if (values.size > 0) mutations.push(['external_ids', 'insert', stringMap(values)]);
  return { op: 'mutate', table, where: whereUuid(uuid), mutations };
}
