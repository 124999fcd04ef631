import { colours } from './say.ts';
import type { Guest } from '../lab/guest.ts';

/** A guest on the network. */
export interface Station {
  readonly guest: Guest;
  readonly ip: string;
  readonly mac: string;
  readonly promiscuous: boolean;
}

interface Outcome {
  readonly from: Station;
  readonly to: Station;
  readonly answered: boolean;
  readonly permitted: boolean;
}

/** Whose pings were answered by whom, judged by a policy. */
export class PingTable {
  readonly #stations: readonly Station[];
  readonly #outcomes: readonly Outcome[];

  private constructor(stations: readonly Station[], outcomes: readonly Outcome[]) {
    this.#stations = stations;
    this.#outcomes = outcomes;
  }

  static async take(stations: readonly Station[], policy: (from: Station, to: Station) => boolean): Promise<PingTable> {
    const outcomes = await Promise.all(
      stations.map(async (from) => {
        const own: Outcome[] = [];
        for (const to of stations.filter((station) => station !== from)) {
          own.push({ from, to, answered: await pings(from, to), permitted: policy(from, to) });
        }
        return own;
      }),
    );
    return new PingTable(stations, outcomes.flat());
  }

  get forbidden(): number {
    return this.#outcomes.filter(({ answered, permitted }) => answered && !permitted).length;
  }

  get missing(): number {
    return this.#outcomes.filter(({ answered, permitted }) => !answered && permitted).length;
  }

  text(): string {
    const width = 10;
    const names = this.#stations.map(({ guest }) => guest.name);
    const head = `  ${'from \\ to'.padEnd(width + 2)}${names.map((name) => name.padEnd(width)).join('')}`;
    const rows = this.#stations.map((from) => {
      const row = this.#stations.map((to) => this.#cell(from, to, width));
      return `  ${from.guest.name.padEnd(width + 2)}${row.join('')}`;
    });
    const counts = `  ${this.#outcomes.length} pings, ${this.forbidden} forbidden answered, ${this.missing} permitted unanswered`;
    return [head, ...rows, counts].map((line) => line.trimEnd()).join('\n');
  }

  #cell(from: Station, to: Station, width: number): string {
    const outcome = this.#outcomes.find((one) => one.from === from && one.to === to);
    if (outcome === undefined) return colours.dim('-'.padEnd(width));
    const { answered, permitted } = outcome;
    const text = `${answered ? 'answer' : 'none'}${answered === permitted ? '' : ' !'}`.padEnd(width);
    if (answered !== permitted) return colours.red(text);
    return answered ? colours.green(text) : colours.dim(text);
  }
}

/** Whether `to` answers one of two pings within two seconds. */
async function pings(from: Station, to: Station): Promise<boolean> {
  return (await from.guest.run(`ping -c 2 -i 0.3 -W 1 ${to.ip}`)).code === 0;
}
