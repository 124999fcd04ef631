import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { BRIEF, FULL } from './benchmark.ts';
import { benchmarks, type BenchmarkName } from './benchmarks/index.ts';
import { churn } from './benchmarks/memory.ts';
import { compare } from './report/compare.ts';
import { environment } from './report/environment.ts';
import { Report } from './report/report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '10,100,1000,4000' },
    json: { type: 'string' },
    brief: { type: 'boolean', default: false },
    churn: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '60' },
    graph: { type: 'string', default: 'memory.svg' },
  },
});

if (positionals[0] === 'compare') {
  const [, one = '', other = ''] = positionals;
  process.stdout.write(`${await compare(one, other)}\n`);
} else {
  const names = Object.keys(benchmarks) as BenchmarkName[];
  const chosen = names.filter((name) => positionals.length === 0 || positionals.includes(name));
  await measure(chosen, values.sizes.split(',').map(Number));
}

async function measure(chosen: readonly BenchmarkName[], sizes: readonly number[]): Promise<void> {
  const report = new Report(await environment(ROOT));
  const folder = await mkdtemp(join(tmpdir(), 'pvlan-bench-'));
  try {
    const bundle = join(folder, 'pvlan-agent.mjs');
    await execa(process.execPath, ['scripts/build.mjs', '--outfile', bundle], { cwd: ROOT });
    for (const name of chosen) {
      const { run, hasSizes } = benchmarks[name];
      for (const ports of hasSizes ? sizes : sizes.slice(0, 1)) {
        const where = hasSizes ? `${name}, ${ports} ports` : name;
        const progress = (what: string): void => {
          process.stderr.write(`bench: ${where}: ${what}\n`);
        };
        const task = { ports, bundle, report, progress, effort: values.brief ? BRIEF : FULL };
        if (values.churn) await churn(task, Number(values.minutes), values.graph);
        else await run(task);
      }
      process.stdout.write(`${name}\n${report.figuresText(name)}\n`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
    // What was measured before something failed is worth having, too.
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report.written, null, 2)}\n`);
  }
  process.stdout.write(`${report.summary()}\n`);
}
