import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Mac } from '../../lab/ethernet.ts';
import type { Host } from '../../lab/host.ts';
import { until } from '../../lab/until.ts';

/** The columns of a port in the transaction that made it. */
export interface BornAs {
  readonly trunks: readonly number[];
  readonly tag: readonly number[];
  /** As Open vSwitch takes it: where `vlan_mode` is not set, a tag makes an access port and its lack a trunk. */
  readonly mode: string;
  /** `external_ids:port-profile`. */
  readonly profile: string | undefined;
}

interface Table {
  readonly headings: readonly string[];
  readonly data: readonly (readonly unknown[])[];
}

type Row = ReadonlyMap<string, string>;

/** Keeps how each row of the tables Port and Interface was when it was inserted, whatever becomes of it. */
export class BirthRecord {
  readonly #rows: Row[] = [];
  readonly #end = new AbortController();
  readonly #done: readonly Promise<unknown>[];
  #listening = 0;

  private constructor(host: Host) {
    this.#done = [
      this.#follow(host, 'Port', 'name,trunks,tag,vlan_mode'),
      this.#follow(host, 'Interface', 'name,external_ids'),
    ];
  }

  /** The host has to have a bridge: the monitors say so before anything else. */
  static async on(host: Host): Promise<BirthRecord> {
    const record = new BirthRecord(host);
    await until('the monitors to speak', () => record.#listening === record.#done.length);
    return record;
  }

  /** Waits for the birth of the port whose NIC has this MAC. */
  async of(mac: Mac): Promise<BornAs> {
    const nic = await until(`a NIC ${mac}`, () => this.#rows.find((row) => row.get('external_ids')?.includes(mac)));
    const name = nic.get('name');
    const port = await until(`its port`, () => this.#rows.find((row) => row.has('trunks') && row.get('name') === name));
    const [trunks, tag] = [numbersIn(port.get('trunks')), numbersIn(port.get('tag'))];
    const mode = /[a-z-]{5,}/.exec(port.get('vlan_mode') ?? '')?.[0];
    return {
      trunks,
      tag,
      mode: mode ?? (tag.length > 0 ? 'access' : 'trunk'),
      profile: /"port-profile","([^"]+)"/.exec(nic.get('external_ids') ?? '')?.[1],
    };
  }

  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#done);
  }

  async #follow(host: Host, table: string, columns: string): Promise<void> {
    const argv = ['--format=json', 'monitor', `unix:${host.dbSocket}`, 'Open_vSwitch', table, columns];
    const child = execa('stdbuf', ['-oL', 'ovsdb-client', ...argv], {
      buffer: false,
      reject: false,
      cancelSignal: this.#end.signal,
      stdin: 'ignore',
      stderr: 'ignore',
    });
    child.stdout.once('data', () => {
      this.#listening += 1;
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#take(line);
    });
    await child;
  }

  #take(line: string): void {
    if (!line.startsWith('{')) return;
    const { headings, data } = JSON.parse(line) as Table;
    const action = headings.indexOf('action');
    for (const cells of data) {
      if (cells[action] === 'insert') {
        this.#rows.push(new Map(headings.map((heading, column) => [heading, JSON.stringify(cells[column])])));
      }
    }
  }
}

/** A number or a set of them, as OVSDB writes it in JSON (RFC 7047 section 5.1). */
function numbersIn(text = ''): readonly number[] {
  return Array.from(text.matchAll(/\d+/g), ([digits]) => Number(digits));
}
