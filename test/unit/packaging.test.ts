import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { printedWords } from '../integration/container/run-command.ts';

const PACKAGING = join(import.meta.dirname, '../../packaging');

/** The values of a unit's directive, word by word, in the order of the lines. */
function words(file: string, directive: string): string[] {
  const lines = readFileSync(join(PACKAGING, file), 'utf8').split('\n');
  return lines.flatMap((line) => (line.startsWith(`${directive}=`) ? line.slice(directive.length + 1).split(' ') : []));
}

describe('the service', () => {
  const UNIT = 'pvlan-agent.service';

  it('sees of /run nothing but Open vSwitch, what libvirt says of its guests, and its own control socket', () => {
    expect(words(UNIT, 'TemporaryFileSystem')).to.deep.equal(['/run:ro']);
    expect(words(UNIT, 'BindPaths')).to.deep.equal(['/run/pvlan-agent']);
    expect(words(UNIT, 'BindReadOnlyPaths')).to.deep.equal([
      '/run/openvswitch',
      '/run/libvirt/network',
      '/run/libvirt/qemu',
      '-/run/libvirt/lxc',
      '-/run/libvirt/libxl',
    ]);
  });

  it('has no capability, and with a drop-in the one that is named', () => {
    expect(words(UNIT, 'CapabilityBoundingSet')).to.deep.equal(['']);
    const added = readdirSync(join(PACKAGING, 'drop-ins')).map((name) => [
      name,
      ...words(join('drop-ins', name), 'CapabilityBoundingSet'),
    ]);
    expect(added).to.deep.equal([
      ['openvswitch-user.conf', 'CAP_DAC_READ_SEARCH'],
      ['remote-ovsdb.conf'],
      ['tx-offload.conf', 'CAP_NET_ADMIN'],
    ]);
  });

  it('is rated at most 1.0 by systemd, where that is installed', async function () {
    const unit = join(PACKAGING, UNIT);
    const { stdout, exitCode } = await execa('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
      reject: false,
    });
    const score = /Overall exposure level for [^:]+: ([\d.]+)/.exec(stdout)?.[1];
    if (score === undefined) {
      process.stderr.write(`      no rating: systemd-analyze ended with ${String(exitCode)}\n`);
      this.skip();
    }
    expect(Number(score)).to.be.at.most(1);
  });
});

describe('the quadlet', () => {
  it('mounts what the command of the Dockerfile mounts', async () => {
    const command = await printedWords();
    const mounted = command.filter((_, index) => command[index - 1] === '--volume');
    expect(words('pvlan-agent.container', 'Volume')).to.deep.equal(mounted);
    for (const volume of mounted) expect(volume, 'read-only').to.match(/:ro$/);
  });
});

describe('the Debian package', () => {
  it('starts the program from its own place, in the sandbox of the unit, and tells its files by checksum', async () => {
    const output = await mkdtemp(join(tmpdir(), 'pvlan-deb-'));
    try {
      await execa(join(PACKAGING, '../scripts/build-deb'), ['--output', output]);
      const [file = ''] = readdirSync(output);
      await execa('dpkg-deb', ['--raw-extract', join(output, file), join(output, 'tree')]);
      const packed = readFileSync(join(output, 'tree/usr/lib/systemd/system/pvlan-agent.service'), 'utf8').split('\n');
      const own = readFileSync(join(PACKAGING, 'pvlan-agent.service'), 'utf8').split('\n');
      expect(packed.filter((line) => !own.includes(line))).to.deep.equal([
        'EnvironmentFile=-/etc/default/pvlan-agent',
        'ExecStart=/usr/bin/node /usr/lib/pvlan-agent/pvlan-agent.mjs run',
      ]);
      await execa('md5sum', ['--check', '--quiet', 'DEBIAN/md5sums'], { cwd: join(output, 'tree') });
      const { stdout } = await execa(join(output, 'tree/usr/bin/pvlan-agent'), ['--version']);
      expect(stdout).to.equal(/_(.*)-1_all/.exec(file)?.[1]);
    } finally {
      await rm(output, { recursive: true });
    }
  }).timeout(60_000);
});
