import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { Daemon } from '../../lab/daemon.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { ifaceIdOf, macOf } from './guest-rows.ts';
import { Site } from './site.ts';

const BRIDGE = 'br-int';
const PROGRAMS = ['ovn-controller', 'ovn-northd', 'ovn-nbctl'];

/** Whether Debian's ovn-central and ovn-host, or the same from elsewhere, are on the PATH. */
export async function ovnIsInstalled(): Promise<boolean> {
  const found = await Promise.all(
    PROGRAMS.map((program) => execa(program, ['--version'], { reject: false, stdin: 'ignore' })),
  );
  return found.every(({ failed }) => !failed);
}

/** The hypervisor of an OVN of one host: the same ports, on a logical switch with port security, marked by ovn-controller. */
export class Ovn {
  readonly site: Site;

  private constructor(site: Site) {
    this.site = site;
  }

  /** An OVN whose host has `ports` guests, and which knows of `upcoming` more. */
  static async filled(ports: number, upcoming: number): Promise<Ovn> {
    const ovn = await Ovn.expecting(ports + upcoming);
    try {
      await ovn.site.onlooker.seen(await ovn.site.plug(ports), 'marked');
      return ovn;
    } catch (error) {
      await ovn.close();
      throw error;
    }
  }

  /** An OVN that knows of `guests`, none of which is there yet. */
  static async expecting(guests: number): Promise<Ovn> {
    const site = await Site.create(BRIDGE);
    try {
      await central(site);
      await name(site, guests);
      const db = `unix:${site.host.dbSocket}`;
      const southbound = `unix:${join(site.host.rundir, 'sb.sock')}`;
      const settings = [`ovn-remote=${southbound}`, 'ovn-encap-type=geneve', 'ovn-encap-ip=127.0.0.1'];
      await site.host.vsctl('set', 'Open_vSwitch', '.', ...settings.map((setting) => `external_ids:${setting}`));
      start(site, 'ovn-controller', [db, `--log-file=${join(site.host.folder, 'log', 'ovn-controller.log')}`]);
      await until(
        'ovn-controller to install its flows',
        async () =>
          (await site.host.ofctl('--no-names', 'dump-aggregate', BRIDGE)).replace(/.*flow_count=/s, '') !== '0',
      );
      return new Ovn(site);
    } catch (error) {
      await site.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.site.close();
  }
}

async function central(site: Site): Promise<void> {
  const { stdout } = await execa('which', ['ovn-northd']);
  const schemas = join(dirname(stdout.trim()), '..', 'share', 'ovn');
  const { folder, rundir } = site.host;
  for (const kind of ['nb', 'sb']) {
    const file = join(folder, 'etc', `${kind}.db`);
    await run('ovsdb-tool', ['create', file, join(schemas, `ovn-${kind}.ovsschema`)]);
    start(site, 'ovsdb-server', [
      file,
      `--remote=punix:${join(rundir, `${kind}.sock`)}`,
      `--unixctl=${join(rundir, `${kind}.ctl`)}`,
    ]);
  }
  const [nb, sb] = ['nb', 'sb'].map((kind) => `unix:${join(rundir, `${kind}.sock`)}`);
  await nbctl(site, 'init');
  start(site, 'ovn-northd', [
    `--ovnnb-db=${nb ?? ''}`,
    `--ovnsb-db=${sb ?? ''}`,
    `--unixctl=${join(rundir, 'northd.ctl')}`,
  ]);
}

/** Has the logical switch know the guests, and waits until northd has told the hypervisors. */
async function name(site: Site, guests: number): Promise<void> {
  await nbctl(site, 'ls-add', 'ls');
  const numbers = Array.from({ length: guests }, (_, index) => index + 1);
  for (let from = 0; from < guests; from += 200) {
    const commands = numbers.slice(from, from + 200).flatMap((number) => {
      const port = ifaceIdOf(number);
      const add = ['--', 'lsp-add', 'ls', port, '--', 'lsp-set-addresses', port, macOf(number)];
      return [...add, '--', 'lsp-set-port-security', port, macOf(number)];
    });
    await nbctl(site, ...commands);
  }
  await nbctl(site, '--wait=sb', 'sync');
}

function nbctl({ host }: Site, ...args: readonly string[]): Promise<string> {
  return run('ovn-nbctl', [`--db=unix:${join(host.rundir, 'nb.sock')}`, '--timeout=120', ...args], {
    timeout: 120_000,
  });
}

function start({ host }: Site, program: string, args: readonly string[]): void {
  const output = join(host.folder, 'log', `${program}.out`);
  const env = { OVS_RUNDIR: host.rundir, OVN_RUNDIR: host.rundir };
  const daemon = Daemon.start(`${program} of ${host.name}`, host.netns.wrap([program, ...args, '-vconsole:off']), {
    output,
    env,
  });
  host.onClose(() => daemon.kill('SIGKILL'));
}
