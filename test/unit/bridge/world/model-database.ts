import { isDeepStrictEqual } from 'node:util';
import type { Operation } from '../../../../src/ovsdb/operation.ts';
import { isParked, sameVlanSetting, type VlanSetting } from '../../../../src/pvlan/vlan-setting.ts';
import { Queue } from './queue.ts';

/** The rows of one port, all that changes in them. */
export interface Rows {
  readonly setting: VlanSetting;
  readonly portIds: ReadonlyMap<string, string>;
  readonly interfaceIds: ReadonlyMap<string, string>;
  readonly ofport: number | undefined;
}

/** One port through time. */
export class ModelPort {
  readonly number: number;
  /** Every setting that the port has had, in order. */
  readonly settings: VlanSetting[];
  rows: Rows;
  /** The rows as the agent sees them. */
  seen: Rows | undefined;
  /** Which of `settings` the agent sees, and which the switch has put in force; -1: none. */
  seenSetting = -1;
  inForce = -1;

  constructor(number: number, rows: Rows) {
    this.number = number;
    this.rows = rows;
    this.settings = [rows.setting];
  }

  /** Whether the parking that the agent sees is in force, and has been since the switch last put another setting in force. */
  get isParkedInForce(): boolean {
    if (this.inForce < 0 || this.seenSetting < 0) return false;
    const from = Math.min(this.inForce, this.seenSetting);
    return this.settings.slice(from, this.seenSetting + 1).every(isParked);
  }
}

/** A database and the daemon that configures ports by it: each does what is asked when it gets round to it. */
export class ModelDatabase {
  readonly ports = new Map<number, ModelPort>();
  /** Transactions on their way. */
  readonly requests = new Queue();
  /** What the database has sent, in order. */
  readonly replies = new Queue();
  /** What ovs-vswitchd has still to do, in order. */
  readonly daemon = new Queue();
  /** How many of the next transactions fail. */
  failures = 0;
  onTransaction: (operations: readonly Operation[]) => void = () => undefined;
  /** ovs-vswitchd has given a port its number, or taken the port away. */
  onPort: (ofport: number, isThere: boolean) => void = () => undefined;
  /** The agent sees something new. */
  onChange: () => void = () => undefined;

  plug(number: number, rows: Rows): void {
    const port = new ModelPort(number, rows);
    this.ports.set(number, port);
    this.#changed(port, true);
  }

  unplug(number: number): void {
    const port = this.ports.get(number);
    if (port === undefined) return;
    this.ports.delete(number);
    if (port.rows.ofport !== undefined) this.onPort(port.rows.ofport, false);
    this.replies.add(() => {
      port.seen = undefined;
      this.gone.delete(port);
      this.onChange();
    });
    this.gone.add(port);
  }

  /** Ports that the agent still sees. */
  readonly gone = new Set<ModelPort>();

  /** Changes rows, as anybody may. */
  write(port: ModelPort, rows: Partial<Rows>): void {
    const isAnother = rows.setting !== undefined && !sameVlanSetting(rows.setting, port.rows.setting);
    const after = { ...port.rows, ...rows };
    // A write that changes nothing is told to nobody.
    if (isDeepStrictEqual(after, port.rows)) return;
    port.rows = after;
    if (isAnother) port.settings.push(port.rows.setting);
    this.#changed(port, isAnother);
  }

  transact(operations: readonly Operation[]): Promise<void> {
    this.onTransaction(operations);
    return new Promise((resolve, reject) => {
      this.requests.add(() => {
        try {
          this.#apply(operations);
          this.replies.add(resolve);
        } catch (error) {
          this.replies.add(() => {
            reject(error instanceof Error ? error : new Error(String(error)));
          });
        }
      });
    });
  }

  /** Calls `done` once ovs-vswitchd has put in force what the rows say when it is asked. */
  confirm(done: () => void): void {
    this.requests.add(() => {
      this.daemon.add(() => {
        this.replies.add(done);
      });
    });
  }

  /** The port whose Port or Interface row an operation names. */
  portOf(operation: Operation): ModelPort | undefined {
    const text = JSON.stringify('where' in operation ? operation.where : []);
    const number = Number(/(\d{12})"/.exec(text)?.[1]);
    return this.ports.get(number);
  }

  #changed(port: ModelPort, isSetting: boolean): void {
    const { rows } = port;
    const index = port.settings.length - 1;
    this.replies.add(() => {
      port.seen = rows;
      port.seenSetting = index;
      this.onChange();
    });
    if (!isSetting) return;
    this.daemon.add(() => {
      if (this.ports.get(port.number) !== port) return;
      port.inForce = Math.max(port.inForce, index);
      if (port.rows.ofport !== undefined) return;
      this.onPort(10 + port.number, true);
      this.write(port, { ofport: 10 + port.number });
    });
  }

  #apply(operations: readonly Operation[]): void {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('no space left on device');
    }
    const writes = new Map<ModelPort, Partial<Rows>>();
    for (const operation of operations) {
      const port = this.portOf(operation);
      if (port === undefined) continue;
      if (operation.op === 'wait') {
        const [row] = operation.rows;
        if (row !== undefined && !sameVlanSetting(settingOf(row), port.rows.setting)) throw new Error('timed out');
      } else if (operation.op === 'update') {
        writes.set(port, { ...writes.get(port), setting: settingOf(operation.row) });
      } else if (operation.op === 'mutate') {
        const key = operation.table === 'Port' ? 'portIds' : 'interfaceIds';
        writes.set(port, { ...writes.get(port), [key]: mutated(port.rows[key], operation.mutations) });
      }
    }
    for (const [port, rows] of writes) this.write(port, rows);
  }
}

/** The VLAN setting in the columns of a row as they go on the wire. */
export function settingOf(row: Readonly<Record<string, unknown>>): VlanSetting {
  const set = (column: string): unknown[] => (row[column] as [string, unknown[]])[1];
  return {
    vlanMode: set('vlan_mode')[0] as string | undefined,
    tag: set('tag')[0] as number | undefined,
    trunks: set('trunks') as number[],
    protected: row['protected'] === true,
  };
}

function mutated(
  ids: ReadonlyMap<string, string>,
  mutations: Extract<Operation, { op: 'mutate' }>['mutations'],
): ReadonlyMap<string, string> {
  const after = new Map(ids);
  for (const [, mutator, value] of mutations) {
    const members = (value as [string, unknown[]])[1];
    if (mutator === 'delete') for (const key of members) after.delete(key as string);
    else for (const entry of members) after.set(...(entry as [string, string]));
  }
  return after;
}
