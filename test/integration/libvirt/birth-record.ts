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

/** Keeps how each row of a database was when it was inserted, whatever becomes of it. */
export class BirthRecord {
  readonly #rows: Row[] = [];
  readonly #end = new AbortController();
  readonly #done: Promise<unknown>;
  #listening = false;

  private constructor(host: Host) {
    const remote = `unix:${host.dbSocket}`;
    const port = ['Port', 'name,trunks,tag,vlan_mode'];
    const nic = ['Interface', 'name,external_ids'];
    const child = execa(
      'stdbuf',
      ['-oL', 'ovsdb-client', '--format=json', 'monitor', remote, 'Open_vSwitch', ...port, ...nic],
      {
        buffer: false,
        reject: false,
        cancelSignal: this.#end.signal,
        stdin: 'ignore',
        stderr: 'ignore',
      },
    );
    let rest = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => {
      this.#listening = true;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    });
    this.#done = child.catch(() => undefined);
  }

  static async on(host: Host): Promise<BirthRecord> {
    const record = new BirthRecord(host);
    await until('ovsdb-client to speak', () => record.#listening);
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
    await this.#done;
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
