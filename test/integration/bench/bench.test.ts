import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import type { Written } from '../../bench/report/report.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SUITE = join(ROOT, 'test/bench/suite.ts');

// Only that each measures something: how fast it is, is for a quiet machine to say.
describe('the benchmarks, with a few ports and little of everything', function () {
  this.timeout(120_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pvlan-bench-test-'));
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  const bench = (...args: readonly string[]): Promise<{ stdout: string }> =>
    execa(process.execPath, ['--import', 'tsx', SUITE, ...args], { cwd: ROOT, stdin: 'ignore' });

  it('measure what they name beside what they compare it with, and write it with where it was measured', async () => {
    const json = join(folder, 'a.json');
    const names = ['reaction', 'storm', 'start', 'resync', 'memory', 'deaths', 'protocol', 'datapath', 'idle'];
    const { stdout } = await bench(...names, '--sizes', '5', '--brief', '--json', json);
    const { figures, goals, environment } = JSON.parse(await readFile(json, 'utf8')) as Written;
    for (const name of names) {
      const measured = figures.filter(({ benchmark }) => benchmark === name);
      expect(new Set(measured.map(({ of }) => of)).size, name).to.be.above(1);
      expect(goals.filter(({ benchmark }) => benchmark === name).length, name).to.be.above(name === 'memory' ? -1 : 0);
    }
    for (const { what, p50 } of figures) expect(p50, what).to.be.at.least(0);
    expect(environment).to.include.keys('commit', 'processor', 'load', 'node', 'openVswitch');
    expect(stdout).to.contain('<= 2 × bare client');
    const compared = await bench('compare', json, json);
    expect(compared.stdout).to.contain('B / A').and.to.contain('1.00');
  });
});
