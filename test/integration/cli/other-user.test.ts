import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { until } from '../../lab/until.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Stands for `openvswitch`: any user but root. */
const USER = 65_534;
const MAC = '02:00:00:00:00:0a';
const VM = '11111111-2222-4333-8444-555555555501';
const NIC = '11111111-2222-4333-8444-5555555555a1';

/** How a program runs: the user, and the one capability it has, if any. */
function as(user: number, capability: string | undefined): string[] {
  const one = capability === undefined ? '-all' : `-all,+${capability}`;
  const ids = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--no-new-privs'];
  return [...ids, `--bounding-set=${one}`, `--inh-caps=${one}`, ...(user === 0 ? [] : [`--ambient-caps=${one}`])];
}

describe('where Open vSwitch runs as a user of its own', function () {
  this.timeout(60_000);
  let base = '';
  const stops: (() => Promise<void>)[] = [];
  const path = (name: string): string => join(base, name);
  const vsctl = async (...args: string[]): Promise<string> =>
    (await execa('ovs-vsctl', [`--db=unix:${path('ovs/db.sock')}`, '--timeout=10', ...args])).stdout;

  const daemon = (...command: string[]): void => {
    const env = { OVS_RUNDIR: path('ovs'), OVS_LOGDIR: path('ovs'), OVS_DBDIR: path('ovs') };
    const child = execa('setpriv', [...as(USER, undefined), ...command], { env, reject: false, stdio: 'ignore' });
    stops.push(async () => {
      child.kill('SIGTERM');
      await child;
    });
  };

  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'pvlan-user-'));
    await chmod(base, 0o755);
    await mkdir(path('ovs'));
    await execa('ovsdb-tool', ['create', path('ovs/conf.db'), '/usr/share/openvswitch/vswitch.ovsschema']);
    await execa('chown', ['-R', `${USER}:${USER}`, path('ovs')]);
    // libvirt's files are root's alone.
    for (const name of ['state/network/lan/ports', 'state/qemu', 'config/qemu'])
      await mkdir(path(name), { recursive: true, mode: 0o700 });
    const port = `<networkport><uuid>${NIC}</uuid><owner><name>web</name><uuid>${VM}</uuid></owner><group>isolated-2102</group>
      <mac address='${MAC}'/><virtualport type='openvswitch'><parameters interfaceid='${NIC}'/></virtualport></networkport>`;
    await writeFile(path(`state/network/lan/ports/${NIC}.xml`), port, { mode: 0o600 });
    await execa(process.execPath, [join(ROOT, 'scripts/build.mjs'), '--outfile', path('pvlan-agent.mjs')]);

    daemon(
      'ovsdb-server',
      path('ovs/conf.db'),
      `--remote=punix:${path('ovs/db.sock')}`,
      `--unixctl=${path('ovs/o.ctl')}`,
    );
    await until('ovsdb-server to answer', () =>
      vsctl('--no-wait', 'init').then(
        () => true,
        () => false,
      ),
    );
    daemon(
      'ovs-vswitchd',
      '--enable-dummy=override',
      '--disable-system',
      `--pidfile=${path('ovs/ovs-vswitchd.pid')}`,
      `unix:${path('ovs/db.sock')}`,
    );
    await vsctl('add-br', 'br0');
  });

  after(async () => {
    for (const stop of stops.reverse()) await stop();
    await rm(base, { recursive: true, force: true });
  });

  interface Ended {
    readonly code: number | undefined;
    readonly served: boolean;
    readonly err: string;
  }

  /** Runs the agent until the guest is served or the agent has ended. */
  async function run(user: number, capability: string | undefined): Promise<Ended> {
    // A guest anew: to an agent that starts later the one before is a running guest without a status file.
    const ids = [`attached-mac="${MAC}"`, `iface-id=${NIC}`, `vm-id=${VM}`].map((id) => `external_ids:${id}`);
    await vsctl(
      '--if-exists',
      'del-port',
      'g1',
      '--',
      'add-port',
      'br0',
      'g1',
      '--',
      'set',
      'Interface',
      'g1',
      'type=dummy',
      ...ids,
    );
    const control = path(`run-${user}-${String(capability)}`);
    await mkdir(control, { recursive: true });
    await chown(control, user, user);
    const flags = [
      `--ovsdb=unix:${path('ovs/db.sock')}`,
      `--openflow=${path('ovs')}`,
      `--control=${control}/control.sock`,
    ];
    const libvirt = [`--libvirt-state-dir=${path('state')}`, `--libvirt-config-dir=${path('config')}`];
    const program = [process.execPath, path('pvlan-agent.mjs'), 'run', '--start-timeout=1', ...flags, ...libvirt];
    const agent = execa('setpriv', [...as(user, capability), ...program], { reject: false, stdin: 'ignore' });
    let ended = false;
    void agent.then(() => (ended = true));
    const marked = async (): Promise<boolean> =>
      (await vsctl('--if-exists', 'get', 'Interface', 'g1', 'external_ids:pvlan-installed')).includes('true');
    await until('the guest or the end', async () => ended || (await marked()));
    const served = await marked();
    agent.kill('SIGTERM');
    const { exitCode, stderr } = await agent;
    return { code: exitCode, served, err: stderr };
  }

  it('root without capabilities is refused by OVSDB, and is told so', async () => {
    const { code, served, err } = await run(0, undefined);
    expect({ code, served }, err).to.deep.equal({ code: 3, served: false });
    expect(err).to.contain('permission denied');
  });

  it("that user without capabilities is refused by libvirt's files, and is told so", async () => {
    const { code, served, err } = await run(USER, undefined);
    expect({ code, served }, err).to.deep.equal({ code: 6, served: false });
  });

  it('that user with CAP_DAC_READ_SEARCH serves guests, as in the drop-in and in a container of podman', async () => {
    const { code, served, err } = await run(USER, 'dac_read_search');
    expect({ code, served }, err).to.deep.equal({ code: 0, served: true });
  });

  it('root with CAP_DAC_OVERRIDE serves guests, as in a container of docker', async () => {
    const { code, served, err } = await run(0, 'dac_override');
    expect({ code, served }, err).to.deep.equal({ code: 0, served: true });
  });
});
