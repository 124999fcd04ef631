import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { ExitCode } from '../../../src/cli/exit-code.ts';
import { ConfigError } from '../../../src/config/error.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { messageOf } from '../../../src/base/thrown.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the bundle', function () {
  this.timeout(30_000);
  let folder: string;
  let bundle: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pvlan-bundle-'));
    bundle = join(folder, 'pvlan-agent.mjs');
    await execa(process.execPath, ['scripts/build.mjs', '--outfile', bundle], { cwd: ROOT });
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  it('says the same of a mistaken configuration as the sources, without the compiler of schemas', async () => {
    const file = join(folder, 'config.yaml');
    const text = [
      'ovsdb: 3',
      'bogus: 1',
      'log: { level: loud }',
      'pvlans: [{ primary: 4095 }, { primary: 5, promiscuousMacs: [x, x] }]',
      'portgroups: { a: { role: community }, b: { role: none, primary: 7 } }',
    ].join('\n');
    await writeFile(file, text);
    let expected = '';
    try {
      loadConfig({ file, env: {}, flags: {} });
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      expected = messageOf(error);
    }
    expect(expected.split('\n').length).to.be.above(6);
    const { exitCode, stderr } = await execa(process.execPath, [bundle, 'config', '--config', file], { reject: false });
    expect(exitCode).to.equal(2);
    expect(stderr).to.equal(`pvlan-agent: ${expected}`);
    expect(await readFile(bundle, 'utf8')).not.to.contain('class Ajv2020');
  });

  it('has the code of every command within', async () => {
    const away = ['--ovsdb', `unix:${join(folder, 'nowhere')}`];
    const calls: readonly (readonly [exitCode: number, ...args: string[]])[] = [
      [ExitCode.DATABASE, 'run', '--start-timeout', '0', '--log-format', 'pretty', ...away],
      [ExitCode.DATABASE, 'plan', ...away],
      [ExitCode.DATABASE, 'verify', ...away],
      [ExitCode.DATABASE, 'prove', ...away],
      [ExitCode.DATABASE, 'explain', 'a', 'b', ...away],
      [ExitCode.DATABASE, 'flush', ...away],
      [ExitCode.NOT_RUNNING, 'status', '--control', join(folder, 'nowhere')],
      [ExitCode.OK, 'config'],
      [ExitCode.OK, 'network-xml', '--primary', '7'],
    ];
    const ended = calls.map(async ([expected, ...args]) => {
      const { exitCode, stderr } = await execa(process.execPath, [bundle, ...args], { cwd: folder, reject: false });
      expect(exitCode, `${args[0] ?? ''}: ${stderr}`).to.equal(expected);
      expect(stderr.split('\n')).to.have.lengthOf.at.most(1);
    });
    await Promise.all(ended);
  });
});
