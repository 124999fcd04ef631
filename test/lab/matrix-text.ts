import { createColors } from 'picocolors';
import type { Cell, Policy } from './cell.ts';
import type { Endpoint } from './endpoint.ts';

/** What is written in a cell: `.` nothing came, `yes`, `v20` came tagged 20, `2x` came twice. */
function outcome({ times, tags }: Cell): string {
  if (times === 0) return '.';
  const how = tags.length === 0 ? 'yes' : tags.map(({ vid }) => `v${vid}`).join('+');
  return times === 1 ? how : `${times}x ${how}`;
}

/** The tables of `MatrixResult.text`. */
export function matrixText(
  endpoints: readonly Endpoint[],
  cells: readonly Cell[],
  { policy, colour = false }: { readonly policy?: Policy; readonly colour?: boolean },
): string {
  const { red, green, dim, bold } = createColors(colour);
  const paint = (cell: Cell, width: number): string => {
    const wrong = policy !== undefined && policy(cell.from, cell.to, cell.frameClass) !== cell.times > 0;
    const text = (outcome(cell) + (wrong ? ' !' : '')).padEnd(width);
    if (wrong) return red(text);
    return cell.times > 0 ? green(text) : dim(text);
  };
  const width = Math.max(...endpoints.map(({ name }) => name.length), ...cells.map((cell) => outcome(cell).length + 2));
  const blocks = [...new Set(cells.map(({ frameClass }) => frameClass))].map((frameClass) => {
    const head = [''.padEnd(width), ...endpoints.map(({ name }) => name.padEnd(width))].join('  ');
    const rows = endpoints.map((from) => {
      const row = endpoints.map((to) => {
        const cell = cells.find((one) => one.frameClass === frameClass && one.from === from && one.to === to);
        return cell ? paint(cell, width) : dim('-'.padEnd(width));
      });
      return [from.name.padEnd(width), ...row].join('  ');
    });
    return [bold(frameClass), head, ...rows].map((line) => line.trimEnd()).join('\n');
  });
  return blocks.join('\n\n');
}
