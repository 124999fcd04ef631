import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';

const SCRIPTS = join(import.meta.dirname, '../../scripts');

const run = (script: string, ...args: string[]) =>
  execa(join(SCRIPTS, script), args, { reject: false, stdin: 'ignore', timeout: 10_000 });

describe('a script', function () {
  this.timeout(20_000);

  for (const script of [
    'bench',
    'build-image',
    'chaos',
    'container-base',
    'demo',
    'fuzz',
    'lifecycle',
    'matrix',
    'service',
    'test',
  ]) {
    it(`explains itself and does nothing else: ${script}`, async () => {
      const { exitCode, stdout, stderr } = await run(script, '--help');
      expect(exitCode, stderr).to.equal(0);
      expect(stdout).to.match(/^usage: (sudo )?(\.\/)?scripts\//);
    });
  }

  const mistakes: readonly (readonly [script: string, ...args: string[]])[] = [
    ['bench', '--port', '3'],
    ['bench', '--ports', '3'],
    ['bench', '--ports'],
    ['bench', '--ports=many'],
    ['bench', 'reactoin'],
    ['bench', 'storm', '--sizes', '10,x'],
    ['bench', '--sizes', '6000'],
    ['bench', 'storm', '--churn'],
    ['bench', 'memory', '--churn', '--minutes', '0'],
    ['bench', 'compare', 'one'],
    ['bench', 'compare', 'nowhere', 'nowhere'],
    ['chaos', '--minutes', 'x'],
    ['chaos', '--minutes=0.0'],
    ['chaos', '--faults', '-1'],
    ['chaos', '--faults', '0'],
    ['chaos', '--mode', 'tertiary'],
    ['fuzz', '--inputs', 'x'],
    ['fuzz', '--inputs', '0'],
    ['fuzz', '--seed', '08'],
    ['fuzz', 'now'],
    ['lifecycle', '--times', 'x'],
    ['matrix', '--mode', 'both'],
    ['matrix', '--brief', '--mode'],
    ['demo', '--bogus'],
    ['service', '--on'],
    ['service', 'now'],
    ['demo', '--on'],
    ['demo', '--vms', '--ovs'],
  ];
  for (const [script, ...args] of mistakes) {
    it(`refuses what it does not understand: ${script} ${args.join(' ')}`, async () => {
      const { exitCode, stderr, stdout } = await run(script, ...args);
      expect(exitCode, stdout + stderr).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.match(/usage: |--help/);
      expect(stderr).not.to.contain('    at ');
    });
  }
});
