import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Host } from './host.ts';
import { until } from './until.ts';

/** A line of virsh's: `event STOP at 1764095169.250811 for domain 'mover': <null>`; the time is QEMU's, in seconds. */
const LINE = /^event (STOP|RESUME) at (\d+\.\d+) for domain '([^']+)'/;

interface Event {
  readonly host: Host;
  readonly stops: boolean;
  /** Milliseconds, as `Date.now()` has them. */
  readonly at: number;
}

/**
 * When a guest ran on none of several hosts, by the word of the QEMUs that it was in: `STOP` and `RESUME` of
 * https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html. In a migration it is so from the source's stop to the destination's
 * start.
 */
export class PauseWatch {
  readonly #guest: string;
  readonly #events: Event[] = [];
  readonly #end = new AbortController();
  readonly #done: readonly Promise<unknown>[];

  /** Begins to listen; to be made before the guest starts, whose start is the first that it hears. */
  constructor(guest: string, hosts: readonly Host[]) {
    this.#guest = guest;
    this.#done = hosts.map((host) => this.#follow(host));
    hosts[0]?.onClose(() => this.close());
  }

  /** Waits until it has heard the guest start on `host`. */
  async heardStart(host: Host): Promise<void> {
    await until(`the start of ${this.#guest}`, () => this.#events.some((event) => event.host === host && !event.stops));
  }

  /** Milliseconds in which the guest ran nowhere, of all pauses that began after `since` (`Date.now()`); it has to run now. */
  async pausedSince(since: number): Promise<number> {
    const events = await until(`${this.#guest} to run`, () => {
      const after = this.#events.filter(({ at }) => at >= since).sort((one, other) => one.at - other.at);
      return after.at(-1)?.stops === true ? undefined : after;
    });
    return events.reduce((sum, { stops, at }, number) => {
      const before = events[number - 1];
      return !stops && before?.stops === true ? sum + at - before.at : sum;
    }, 0);
  }

  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#done);
  }

  async #follow(host: Host): Promise<void> {
    const argv = ['-oL', 'virsh', '-q', '-c', host.libvirt.uri, 'qemu-monitor-event', '--loop'];
    const child = execa('stdbuf', argv, {
      all: true,
      buffer: false,
      reject: false,
      cancelSignal: this.#end.signal,
      stdin: 'ignore',
    });
    createInterface({ input: child.all }).on('line', (line) => {
      this.#take(host, line);
    });
    await child;
  }

  #take(host: Host, line: string): void {
    const [, event, seconds, guest] = LINE.exec(line) ?? [];
    if (guest !== this.#guest) return;
    const stops = event === 'STOP';
    this.#events.push({ host, stops, at: Number(seconds) * 1000 });
  }
}
