import { expect } from 'chai';
import { execa } from 'execa';
import { access } from 'node:fs/promises';
import { checkRequirements } from '../../lab/requirements.ts';
import { Lab } from '../../lab/lab.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';

const LAB = new URL('../../lab/lab.ts', import.meta.url).href;
const CRASHER = `
  import { Lab } from '${LAB}';
  const lab = await Lab.create();
  const host = await lab.host('a');
  await host.startLibvirt();
  console.log(JSON.stringify([host.netns.name, lab.folder, host.vswitchdPid]));
  setInterval(() => undefined, 1000);
`;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

describe('a lab whose process is killed', function () {
  this.timeout(60_000);

  it('loses its daemons at once, and its namespace and folder when the next lab is created', async () => {
    const child = execa('node', ['--import', 'tsx', '--input-type=module', '-e', CRASHER], { reject: false });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await until('the lab to stand', () => printed.includes('\n'), { timeout: 30_000 });
    const [netns, folder, pid] = JSON.parse(printed) as [string, string, number];
    child.kill('SIGKILL');
    await child;
    await until('its ovs-vswitchd to end', () => !isRunning(pid));

    const lab = await Lab.create();
    await lab.close();
    expect(await run('ip', ['netns', 'list'])).not.to.include(netns);
    expect(await exists(folder)).to.equal(false);
  });
});

describe('a lab', function () {
  this.timeout(60_000);

  it('removes its namespaces, folder and daemons when it is closed', async () => {
    const lab = await Lab.create();
    const host = await lab.host('a');
    const pid = host.vswitchdPid;
    await lab.close();
    expect(isRunning(pid)).to.equal(false);
    expect(await run('ip', ['netns', 'list'])).not.to.include(host.netns.name);
    expect(await exists(lab.folder)).to.equal(false);
  });

  it('says in one line which packages a machine lacks', async () => {
    const error: unknown = await checkRequirements('guests', ['/nonexistent']).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'LAB_REQUIREMENTS' });
    expect(error)
      .to.have.property('message')
      .that.matches(/needs libvirtd.*: apt-get install libvirt-daemon-system libvirt-clients qemu/);
  });

  it('refuses two hosts of one name', async () => {
    const lab = await Lab.create();
    try {
      await lab.host('a');
      const error: unknown = await lab.host('a').catch((reason: unknown) => reason);
      expect(error).to.include({ code: 'LAB_NAME' });
    } finally {
      await lab.close();
    }
  });
});
