import { readFile } from 'node:fs/promises';
import Table from 'cli-table3';
import { describe } from './environment.ts';
import { digits, style, verdict, type Written } from './report.ts';

/**
 * What two runs measured of the same, side by side. Runs on different machines, or beside other work, are to be compared by the
 * ratios within each: so whatever both measured of a baseline stands here, too.
 * @throws Error naming a file that is none of a run
 */
export async function compare(one: string, other: string): Promise<string> {
  const [before, after] = await Promise.all([read(one), read(other)]);
  const key = (figure: Written['figures'][number]): string =>
    JSON.stringify([figure.benchmark, figure.ports, figure.what, figure.of]);
  const known = new Map(before.figures.map((figure) => [key(figure), figure]));
  const figures = new Table({
    head: ['benchmark', 'ports', 'measured', 'of', 'A p50', 'B p50', 'B / A', 'A p99', 'B p99', 'unit'],
    style,
  });
  for (const figure of after.figures) {
    const was = known.get(key(figure));
    if (was === undefined) continue;
    const { benchmark, ports, what, of, unit } = figure;
    const [tailA, tailB] = [was.p99, figure.p99].map((tail) => (tail === undefined ? '' : digits(tail)));
    figures.push([
      ...[benchmark, ports ?? '', what, of, digits(was.p50), digits(figure.p50), digits(figure.p50 / was.p50)],
      ...[tailA, tailB, unit],
    ]);
  }
  const goals = new Table({ head: ['benchmark', 'ports', 'goal', 'A', 'B'], style });
  for (const goal of after.goals) {
    const was = before.goals.find(
      (old) => old.benchmark === goal.benchmark && old.ports === goal.ports && old.goal === goal.goal,
    );
    const told = ({ measured, isMet }: Written['goals'][number]): string => `${measured}, ${verdict(isMet)}`;
    goals.push([goal.benchmark, goal.ports ?? '', goal.goal, was === undefined ? '' : told(was), told(goal)]);
  }
  return [`A: ${describe(before.environment)}`, `B: ${describe(after.environment)}`, figures, goals].join('\n');
}

async function read(file: string): Promise<Written> {
  const written: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isWritten(written)) throw new Error(`${file} is not what --json has written`);
  return written;
}

function isWritten(value: unknown): value is Written {
  if (typeof value !== 'object' || value === null) return false;
  return 'environment' in value && 'figures' in value && Array.isArray(value.figures) && 'goals' in value;
}
