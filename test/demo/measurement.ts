import { FRAME_KINDS } from './frame-kinds.ts';
import { runMatrix } from '../lab/matrix.ts';
import { colours } from './say.ts';
import type { Cell, Policy } from '../lab/cell.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import type { MatrixResult } from '../lab/matrix.ts';
import type { Prober } from '../lab/probe.ts';

/** Numbers of one class of frames, or of all. */
export interface Counts {
  /** Frames put on a wire. */
  readonly sent: number;
  /** Pairs of sender and receiver between which one arrived, be it addressed to the receiver or flooded to it. */
  readonly delivered: number;
  /** Pairs between which one should arrive. */
  readonly expected: number;
  readonly forbidden: number;
  readonly missing: number;
  /** Permitted, but more than once. */
  readonly doubled: number;
}

/** Every kind of frame between every pair of endpoints, and a policy to judge the outcome by. */
export class Measurement {
  readonly #result: MatrixResult;
  readonly #policy: Policy;

  private constructor(result: MatrixResult, policy: Policy) {
    this.#result = result;
    this.#policy = policy;
  }

  static async take(prober: Prober, endpoints: readonly Endpoint[], policy: Policy): Promise<Measurement> {
    const classes = FRAME_KINDS.map((kind) => kind.frameClass);
    return new Measurement(await runMatrix(prober, endpoints, classes), policy);
  }

  /** The numbers of one class of frames; of all without a name. */
  counts(frameClass?: string): Counts {
    const kinds = FRAME_KINDS.filter((kind) => frameClass === undefined || kind.frameClass.name === frameClass);
    const mine = (name: string | undefined): boolean => kinds.some((kind) => kind.frameClass.name === name);
    const cells = this.#result.cells.filter((cell) => mine(cell.frameClass));
    const verdict = this.#result.judge(this.#policy);
    // A unicast frame that was flooded to a third party is a leak as much as one that was sent there.
    const strays = this.#result.strays.filter(
      ({ probe, receiver }) => mine(probe.label) && !this.#policy(probe.from, receiver, probe.label ?? ''),
    );
    const count = (some: readonly Cell[]): number => some.filter((cell) => mine(cell.frameClass)).length;
    const people = this.#result.endpoints.length;
    return {
      sent: kinds.reduce((sum, kind) => sum + people * (kind.frameClass.to === 'all' ? 1 : people - 1), 0),
      delivered: cells.filter((cell) => cell.times > 0).length + strays.length,
      expected: cells.filter((cell) => this.#policy(cell.from, cell.to, cell.frameClass)).length,
      forbidden: count(verdict.forbidden) + strays.length,
      missing: count(verdict.missing),
      doubled: count(verdict.duplicated),
    };
  }

  /** How many frames of any kind went from one of `from` to another of `to`. */
  between(from: readonly Endpoint[], to: readonly Endpoint[]): number {
    return this.#result.cells.filter((cell) => cell.times > 0 && from.includes(cell.from) && to.includes(cell.to))
      .length;
  }

  /** Who reached whom with which kinds of frames, then the numbers of each kind. */
  text(): string {
    return `${this.#reach()}\n\n${this.#numbers()}`;
  }

  #reach(): string {
    const { endpoints, cells } = this.#result;
    const width = Math.max(FRAME_KINDS.length + 2, ...endpoints.map(({ name }) => name.length), FROM_TO.length) + 1;
    const rows = endpoints.map((from) => {
      const row = endpoints.map((to) =>
        this.#cell(
          cells.filter((cell) => cell.from === from && cell.to === to),
          width,
        ),
      );
      return `  ${from.name.padEnd(width)}${row.join('')}`;
    });
    const head = `  ${FROM_TO.padEnd(width)}${endpoints.map(({ name }) => name.padEnd(width)).join('')}`;
    return [head, ...rows].map((line) => line.trimEnd()).join('\n');
  }

  #cell(cells: readonly Cell[], width: number): string {
    if (cells.length === 0) return colours.dim('-'.padEnd(width));
    const expected = (cell: Cell): boolean => this.#policy(cell.from, cell.to, cell.frameClass);
    const letters = FRAME_KINDS.map(({ letter, frameClass }) => {
      const cell = cells.find((one) => one.frameClass === frameClass.name);
      if (cell === undefined) return ' ';
      if (cell.times > 0) return expected(cell) ? colours.green(letter) : colours.red(letter);
      return expected(cell) ? colours.yellow('?') : colours.dim('.');
    });
    const wrong = cells.some((cell) => cell.times > 0 && !expected(cell));
    const padding = ' '.repeat(width - FRAME_KINDS.length - 1);
    return `${letters.join('')}${wrong ? colours.red('!') : ' '}${padding}`;
  }

  #numbers(): string {
    const lines = FRAME_KINDS.map(({ letter, frameClass }) =>
      numbersLine(`${letter}  ${frameClass.name}`, this.counts(frameClass.name)),
    );
    const head = ['sent', 'delivered', 'expected', 'forbidden', 'missing']
      .map((word) => word.padStart(COLUMN))
      .join('');
    return [`  ${''.padEnd(LABEL)}${head}`, ...lines, numbersLine('   all', this.counts())].join('\n');
  }
}

const FROM_TO = 'from \\ to';
const LABEL = 43;
const COLUMN = 11;

function numbersLine(label: string, counts: Counts): string {
  const cell = (value: number): string => String(value).padStart(COLUMN);
  const bad = (value: number): string => (value > 0 ? colours.red(cell(value)) : cell(value));
  const { sent, delivered, expected, forbidden, missing, doubled } = counts;
  const more = doubled > 0 ? colours.red(`  ${doubled} doubled`) : '';
  return `  ${label.padEnd(LABEL)}${cell(sent)}${cell(delivered)}${cell(expected)}${bad(forbidden)}${bad(missing)}${more}`;
}
