import { execa } from 'execa';
import type { Mac } from '../lab/ethernet.ts';
import type { Host } from '../lab/host.ts';
import { until } from '../lab/until.ts';

/** Milliseconds from the OVSDB row of a NIC to its flows; `undefined` for flows that never came. */
export interface Protection {
  /** The first flow of its port: from here on not everything that the guest sends is forwarded as it is. */
  readonly closed: number | undefined;
  /** The flow by which its own frames get through. */
  readonly open: number | undefined;
}

interface Event {
  readonly at: number;
  readonly text: string;
}

/** Milliseconds from the moment when OVSDB said which number a port has. */
export interface Birth {
  /** To its first flow. */
  readonly closed: number;
  /** To the mark that says that its flows are in force. */
  readonly installed: number;
}

interface Table {
  readonly headings: readonly string[];
  readonly data: readonly (readonly unknown[])[];
}

/** Sees rows and flows at the moment when they appear, through `ovsdb-client monitor` and `ovs-ofctl monitor`. */
export class Timeline {
  readonly #events: Event[] = [];
  readonly #end = new AbortController();
  readonly #done: Promise<unknown>[] = [];

  private constructor(host: Host) {
    const columns = 'name,external_ids,ofport';
    const remote = `unix:${host.dbSocket}`;
    this.#follow(['ovsdb-client', '--format=json', 'monitor', remote, 'Open_vSwitch', 'Interface', columns]);
    this.#follow(['ovs-ofctl', '--no-names', '--unixctl=none', 'monitor', `${host.rundir}/br0.mgmt`, 'watch:']);
  }

  static async of(host: Host): Promise<Timeline> {
    const timeline = new Timeline(host);
    await until('the monitors to speak', () => timeline.#events.length >= 2);
    return timeline;
  }

  /** When the NIC's row and flows appeared for the first time after `since` (of `performance.now()`). */
  protection(mac: Mac, ofport: string, since: number): Protection {
    const after = this.#events.filter(({ at }) => at >= since);
    const row = after.find(({ text }) => text.includes('"insert"') && text.includes(mac));
    const flows = after.filter(({ text }) => text.includes('event=ADDED'));
    const port = new RegExp(`in_port=${ofport}\\b`);
    const closed = flows.find(({ text, at }) => at >= (row?.at ?? Infinity) - 50 && port.test(text));
    const open = flows.find(({ text, at }) => at >= (row?.at ?? Infinity) - 50 && text.includes(`dl_src=${mac}`));
    const since0 = (event: Event | undefined): number | undefined =>
      event === undefined || row === undefined ? undefined : Math.max(0, event.at - row.at);
    return { closed: since0(closed), open: since0(open) };
  }

  /** When (of `performance.now()`) the first line that matches was seen after `since`; undefined while there is none. */
  firstOf(line: RegExp, since: number): number | undefined {
    return this.#events.find(({ at, text }) => at >= since && line.test(text))?.at;
  }

  /** How the NIC's port was born after `since`; undefined while it is not installed. */
  birth(mac: Mac, since: number): Birth | undefined {
    const after = this.#events.filter(({ at }) => at >= since);
    const rows = after.flatMap(({ at, text }) => rowsOf(text, mac).map((row) => ({ at, ...row })));
    const numbered = rows.find(({ ofport }) => ofport > 0);
    const installed = rows.find(({ marked }) => marked);
    if (numbered === undefined || installed === undefined) return undefined;
    const port = new RegExp(`event=ADDED .*in_port=${numbered.ofport}\\b`);
    const closed = after.find(({ text }) => port.test(text));
    if (closed === undefined) return undefined;
    // The two monitors are processes of their own: what follows at once may be seen first.
    const since0 = ({ at }: { readonly at: number }): number => Math.max(0, at - numbered.at);
    return { closed: since0(closed), installed: since0(installed) };
  }

  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#done);
  }

  #follow([file = '', ...args]: readonly string[]): void {
    const child = execa('stdbuf', ['-oL', file, ...args], {
      all: true,
      buffer: false,
      reject: false,
      cancelSignal: this.#end.signal,
      stdin: 'ignore',
    });
    child.all.setEncoding('utf8');
    child.all.on('data', (chunk: string) => {
      const at = performance.now();
      for (const text of chunk.split('\n')) if (text !== '') this.#events.push({ at, text });
    });
    this.#done.push(child.catch(() => undefined));
  }
}

/** What a line of `ovsdb-client monitor` says of the Interface row of a NIC as it is now. */
function rowsOf(text: string, mac: Mac): { readonly ofport: number; readonly marked: boolean }[] {
  if (!text.startsWith('{') || !text.includes(mac)) return [];
  const { headings, data } = JSON.parse(text) as Table;
  const [action, ofport] = [headings.indexOf('action'), headings.indexOf('ofport')];
  return data.flatMap((row) => {
    const words = JSON.stringify(row);
    if (row[action] === 'old' || row[action] === 'delete' || !words.includes(mac)) return [];
    return [{ ofport: Number(row[ofport]), marked: words.includes('["pvlan-installed","true"]') }];
  });
}
