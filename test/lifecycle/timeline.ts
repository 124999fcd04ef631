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

/** Sees rows and flows at the moment when they appear, through `ovsdb-client monitor` and `ovs-ofctl monitor`. */
export class Timeline {
  readonly #events: Event[] = [];
  readonly #end = new AbortController();
  readonly #done: Promise<unknown>[] = [];

  private constructor(host: Host) {
    const columns = 'name,external_ids';
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
