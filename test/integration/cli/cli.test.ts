import { expect } from 'chai';
import { execa } from 'execa';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';

const ROOT = join(import.meta.dirname, '../../..');

interface Outcome {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

describe('the command pvlan-agent', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let folder: string;

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    folder = await mkdtemp(join(tmpdir(), 'pvlan-cli-'));
    // The bundle is what people run, and it starts faster than its sources.
    await execa(process.execPath, [join(ROOT, 'scripts/build.mjs'), '--outfile', join(folder, 'pvlan-agent.mjs')]);
  });

  after(async () => {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ovsdb = (): string => `--ovsdb=unix:${host.dbSocket}`;
  const control = (): string => `--control=${join(folder, 'control.sock')}`;
  const flags = (): string[] => [ovsdb(), '--libvirt=none', control()];
  const spawn = (...args: string[]) =>
    execa(process.execPath, [join(folder, 'pvlan-agent.mjs'), ...args], {
      reject: false,
      stdin: 'ignore',
      env: { PVLAN_AGENT_CONFIG: join(folder, 'config.yaml') },
    });
  const call = async (...args: string[]): Promise<Outcome> => {
    const { exitCode, stdout, stderr } = await spawn(...args);
    return { code: exitCode, out: stdout, err: stderr };
  };
  const config = (text: string): Promise<void> => writeFile(join(folder, 'config.yaml'), text);
  /** Every error is one line, from us, that says what to do; never a stack trace. */
  const expectLine = ({ err }: Outcome, ...parts: string[]): void => {
    expect(err.trim().split('\n'), err).to.have.length(1);
    for (const part of ['pvlan-agent: ', ...parts]) expect(err).to.contain(part);
  };

  beforeEach(() => config('pvlans: []\n'));

  it('prints help and version', async () => {
    expect((await call('--help')).out).to.contain('Exit codes:');
    expect((await call('--version')).out).to.match(/^[0-9]+\.[0-9]+\.[0-9]+$/);
  });

  it('refuses an unknown command or flag with exit code 2', async () => {
    expect((await call('bogus')).code).to.equal(2);
    expect((await call('run', '--nope')).code).to.equal(2);
  });

  it('refuses a flag that would change nothing, with exit code 2', async () => {
    const given: readonly (readonly [command: string, ...flags: string[]])[] = [
      ['flush', '--bridges=br0'],
      ['who', 'g1', '--control=/nowhere/control.sock'],
      ['verify', control()],
      ['network-xml', '--primary=2102', '--log-level=debug'],
      ['router-config', '--primary=2102', '--interface=eth0', '--for=ifupdown', '--config=/nowhere'],
    ];
    for (const [command, ...others] of given) {
      const { code, err } = await call(command, ...others);
      expect(code, command).to.equal(2);
      expect(err).to.contain('unknown option');
    }
  });

  it('prints for a router or a network without looking at the configuration', async () => {
    await config('pvlans: nonsense\n');
    const router = await call('router-config', '--primary=2102', '--interface=eth0', '--for=ifupdown');
    expect(router.code, router.err).to.equal(0);
    const network = await call('network-xml', '--primary=2102');
    expect(network.code, network.err).to.equal(0);
    expect((await call('network-xml', '--check')).code).to.equal(2);
  });

  it('says which socket is missing, with exit code 3', async () => {
    const outcome = await call('plan', '--ovsdb=unix:/nowhere/db.sock', '--libvirt=none');
    expect(outcome.code).to.equal(3);
    expectLine(outcome, 'unix:/nowhere/db.sock', 'mount the folder');
    const late = await call('run', '--ovsdb=unix:/nowhere/db.sock', '--libvirt=none', '--start-timeout=0.3');
    expect(late.code).to.equal(3);
    expectLine(late, '/nowhere/db.sock');
  });

  it('places every mistake in the configuration, with exit code 2', async () => {
    await config('pvlans:\n  - primary: 4095\nbridge: [br0]\n');
    const outcome = await call('plan', ovsdb(), '--libvirt=none');
    expect(outcome.code).to.equal(2);
    expect(outcome.err).to.contain('config.yaml:2:14').and.to.contain('config.yaml:3:1').and.to.contain('bridges');
    expect(outcome.err).not.to.contain('at ');
  });

  it('says which column the server lacks, with exit code 4', async () => {
    const schema = JSON.parse(await readFile('/usr/share/openvswitch/vswitch.ovsschema', 'utf8')) as {
      tables: { Port: { columns: Record<string, unknown> } };
    };
    delete schema.tables.Port.columns['protected'];
    const [file, db, socket] = ['old.ovsschema', 'old.db', 'old.sock'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(file, JSON.stringify(schema));
    await execa('ovsdb-tool', ['create', db, file]);
    const server = execa(
      'ovsdb-server',
      [db, `--remote=punix:${socket}`, `--unixctl=${join(folder, 'old.ctl')}`, '-vconsole:off'],
      { reject: false },
    );
    try {
      await until('the old server to listen', () =>
        readFile(socket).then(
          () => false,
          (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENXIO',
        ),
      );
      const outcome = await call('plan', `--ovsdb=unix:${socket}`, '--libvirt=none');
      expect(outcome.code).to.equal(4);
      expectLine(outcome, 'protected', 'Port');
    } finally {
      server.kill('SIGKILL');
      await server;
    }
  });

  it('says what to mount when it finds neither libvirt nor a word that there is none, with exit code 6', async () => {
    const outcome = await call('run', ovsdb(), '--libvirt-state-dir=/nowhere/run', '--libvirt-config-dir=/nowhere/etc');
    expect(outcome.code, outcome.err).to.equal(6);
    expectLine(outcome, '/nowhere/run', '--libvirt none');
  });

  it('says that no agent answers, with exit code 8', async () => {
    const outcome = await call('status', control());
    expect(outcome.code).to.equal(8);
    expectLine(outcome, 'control.sock', 'pvlan-agent run');
  });

  it('runs, shows what became of each port, refuses to be flushed meanwhile, and stops within two seconds', async () => {
    await config('pvlans:\n  - primary: 2102\n    promiscuousMacs: ["02:00:00:00:ff:01"]\n');
    const guest = await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    const planned = await call('plan', ovsdb(), '--libvirt=none', '--flows');
    expect(planned.out)
      .to.match(/^ {2}1 port to change, \d+ flows to add, 0 to remove/m)
      .and.to.match(/^ +- +g1 +open, all VLANs +isolated-2102$/m)
      .and.to.match(/^ {2}\+ .*dl_src=02:00:00:00:00:01/m);

    const agent = spawn('run', ...flags());
    await host.vsctl('wait-until', 'Interface', 'g1', 'external_ids:pvlan-installed=true');
    const status = await call('status', control());
    expect(status.code, status.out + status.err).to.equal(0);
    expect(status.out).to.match(/^1 port: 1 isolated$/m);
    expect(status.out).to.match(
      /^VLAN 2102 on br0, single wire: uplinks none; routers here none; listed 02:00:00:00:ff:01$/m,
    );
    expect(status.out).to.match(/^ isolated \(1\)\n +- +g1 +02:00:00:00:00:01 +- +\S+ +\d+\.\d ms$/m);
    const json = JSON.parse((await call('status', '--json', control())).out) as {
      mode: string;
      bridges: { ports: unknown[] }[];
    };
    expect(json.mode).to.equal('active');
    expect(json.bridges[0]?.ports).to.have.length(2);

    const flush = await call('flush', ovsdb());
    expect(flush.code).to.equal(7);
    expectLine(flush, 'stop the agent');

    const started = performance.now();
    agent.kill('SIGTERM');
    const { exitCode } = await agent;
    expect(exitCode).to.equal(0);
    expect(performance.now() - started).to.be.lessThan(2000);
    expect(await host.ofctl('dump-flows', 'br0', 'table=66')).to.contain('dl_dst=02:00:00:00:00:01');

    const flushed = await call('flush', ovsdb());
    expect(flushed.code, flushed.err).to.equal(0);
    expect(flushed.out).to.match(/bridge br0: \d+ flows removed, g1 restored/);
    expect(await host.ofctl('dump-flows', 'br0', 'cookie=0x7076000000000000/0xffff000000000000')).not.to.contain(
      'actions',
    );
    await guest.unplug();
  });

  it('names the missing OpenFlow socket and what to mount, keeps the port closed, and recovers', async () => {
    const socket = join(host.rundir, 'br0.mgmt');
    await rename(socket, `${socket}.away`);
    const guest = await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    const agent = spawn('run', ...flags());
    try {
      await until('the port to be parked', async () => (await host.vsctl('get', 'Port', 'g1', 'trunks')) === '[4095]');
      const status = await call('status', control());
      expect(status.code).to.equal(9);
      expect(status.out).to.contain('br0.mgmt').and.to.contain('mount');
      expect(await host.vsctl('--if-exists', 'get', 'Interface', 'g1', 'external_ids:pvlan-installed')).to.equal('');
      const live = await call('status', '--live', control());
      expect(live.code, live.err).to.equal(0);
      expect(live.out).to.match(/^the agent \(pid \d+\) is at work; synced unix:/);
      const planned = await call('plan', ovsdb(), '--libvirt=none');
      expect(planned.code).to.equal(5);
      await rename(`${socket}.away`, socket);
      await host.vsctl('wait-until', 'Interface', 'g1', 'external_ids:pvlan-installed=true');
    } finally {
      agent.kill('SIGTERM');
      await agent;
      await guest.unplug();
    }
  });

  it('lists ports and alarms in the order of their names, for people and for programs', async () => {
    const names = ['vnet2', 'vnet9', 'vnet10', 'vnet11'];
    const guests = await Promise.all(
      [...names]
        .reverse()
        .map((name, index) =>
          host.plug({ name, mac: `02:00:00:00:00:1${index}`, portProfile: index === 0 ? 'lan' : 'isolated2102' }),
        ),
    );
    const agent = spawn('run', ...flags());
    interface Named {
      readonly bridges: readonly { readonly ports: readonly { readonly name: string }[] }[];
      readonly alarms: readonly { readonly port: string }[];
    }
    try {
      let found: Named | undefined;
      await until('the alarms', async () => {
        const { out } = await call('status', '--json', control());
        found = out === '' ? undefined : (JSON.parse(out) as Named);
        return found?.alarms.length === 3;
      });
      expect(found?.bridges[0]?.ports.map(({ name }) => name)).to.deep.equal(['br0', ...names]);
      expect(found?.alarms.map(({ port }) => port)).to.deep.equal(names.slice(0, 3));
      // For people what is closed comes first, and other ports come last.
      const inText = [...(await call('status', '--all', control())).out.matchAll(/^ {3}- +(\S+)/gm)];
      expect(inText.map(([, name]) => name)).to.deep.equal([...names, 'br0']);
      const [planned] = (JSON.parse((await call('plan', '--json', ovsdb(), '--libvirt=none')).out) as Named).bridges;
      expect(planned?.ports.map(({ name }) => name)).to.deep.equal(['br0', ...names]);
    } finally {
      agent.kill('SIGTERM');
      await agent;
      for (const guest of guests) await guest.unplug();
    }
  });

  it('says that a bridge of the configuration does not exist, with exit code 9, until somebody makes it', async () => {
    await config('bridges: [br0, brX1]\n');
    await host.addBridge('brX2');
    const agent = spawn('run', ...flags());
    try {
      const planned = await call('plan', ovsdb(), '--libvirt=none');
      expect(planned.code).to.equal(9);
      expect(planned.out)
        .to.match(/^bridge br0\n/)
        .and.to.match(/bridge brX1\n {2}! .*did you mean 'brX2'/);
      await until('the alarm', async () => {
        const { code, out } = await call('status', control());
        return code === 9 && /bridge brX1: .*no such bridge \(did you mean 'brX2'\?\); .*add-br brX1/.test(out);
      });
      await host.addBridge('brX1');
      await until('the end of the alarm', async () => (await call('status', control())).code === 0);
    } finally {
      agent.kill('SIGTERM');
      await agent;
      for (const bridge of ['brX1', 'brX2']) await host.vsctl('--if-exists', 'del-br', bridge);
    }
  });

  it('names the parent of a fake bridge of the configuration, which add-br would refuse to make', async () => {
    await config('bridges: [fake7]\n');
    await host.vsctl('add-br', 'fake7', 'br0', '7');
    const agent = spawn('run', ...flags());
    try {
      const refusal = await host.vsctl('add-br', 'fake7').catch(String);
      expect(refusal).to.contain('already exists');
      const planned = await call('plan', ovsdb(), '--libvirt=none');
      expect(planned.code).to.equal(9);
      expect(planned.out).to.contain("a fake bridge, a VLAN of bridge 'br0'").and.not.to.contain('add-br');
      await until('the alarm', async () => {
        const { code, out } = await call('status', control());
        return code === 9 && /bridge fake7: .*; name 'br0' in its place/.test(out);
      });
      await config('bridges: [br0, fake7]\n');
      agent.kill('SIGHUP');
      await until('the other remedy', async () => /take it out/.test((await call('status', control())).out));
      await host.vsctl('del-br', 'fake7');
      await until('the alarm of a bridge that is not there', async () =>
        /bridge fake7: .*add-br fake7/.test((await call('status', control())).out),
      );
    } finally {
      agent.kill('SIGTERM');
      await agent;
      await host.vsctl('--if-exists', 'del-br', 'fake7');
    }
  });

  it('says in so many words that a host has no bridge', async () => {
    await host.vsctl('del-br', 'br0');
    try {
      expect(await call('plan', ovsdb(), '--libvirt=none')).to.include({ code: 0, out: 'no bridge on this host' });
    } finally {
      await host.addBridge('br0');
    }
  });

  it('is not live while OVSDB is away, whatever else is', async () => {
    const agent = spawn('run', ...flags());
    try {
      await until(
        'the agent to be live',
        async () => (await call('status', '--live', '--quiet', control())).code === 0,
      );
      await host.killOvsdb();
      const away = await call('status', '--live', control());
      expect(away.code).to.equal(3);
      expectLine(away, 'runs without OVSDB', 'db.sock');
      await host.startOvsdb();
      await until('the agent to be live', async () => (await call('status', '--live', control())).code === 0);
    } finally {
      agent.kill('SIGTERM');
      await agent;
    }
    expect((await call('status', '--live', control())).code).to.equal(8);
  });

  it('goes on without a control socket when its place is taken, and says so', async () => {
    await writeFile(join(folder, 'taken'), '');
    await chmod(join(folder, 'taken'), 0o600);
    const agent = spawn('run', ovsdb(), '--libvirt=none', `--control=${join(folder, 'taken')}`, '--log-format=json');
    let err = '';
    agent.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    await until('the agent to be active', () => err.includes('active'));
    expect(err).to.contain('something that is not a socket is in its place');
    agent.kill('SIGTERM');
    expect((await agent).exitCode).to.equal(0);
  });

  it('serves the status as soon as its predecessor has ended, and again when somebody has taken the socket away', async () => {
    const place = join(folder, 'run');
    const shared = `--control=${join(place, 'control.sock')}`;
    const answeredBy = async (pid: number | undefined): Promise<void> => {
      await until(`agent ${String(pid)} to answer`, async () => {
        const { code, out } = await call('status', '--json', shared);
        return code === 0 && (JSON.parse(out) as { pid: number }).pid === pid;
      });
    };
    const start = (): ReturnType<typeof spawn> => spawn('run', ovsdb(), '--libvirt=none', shared, '--log-format=json');
    const old = start();
    await answeredBy(old.pid);
    const next = start();
    let err = '';
    next.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    try {
      await until('the next agent to stand by', () => err.includes('another agent listens there'));
      await answeredBy(old.pid);
      old.kill('SIGTERM');
      expect((await old).exitCode).to.equal(0);
      await answeredBy(next.pid);
      expect(err.split('another agent listens there')).to.have.length(2);
      expect(err).to.contain('is open now');

      await rm(join(place, 'control.sock'));
      await answeredBy(next.pid);
      await rm(place, { recursive: true });
      await answeredBy(next.pid);
    } finally {
      old.kill('SIGKILL');
      next.kill('SIGTERM');
      await next;
    }
    expect(await readdir(place)).to.deep.equal([]);
  });

  it('goes on without a control socket when the disk is full, and says so', async () => {
    const full = await mkdtemp(join(tmpdir(), 'pvlan-full-'));
    // One inode is the folder itself: there is none left for a socket.
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=4k,nr_inodes=1', 'none', full]);
    try {
      const agent = spawn('run', ovsdb(), '--libvirt=none', `--control=${join(full, 'control.sock')}`);
      let err = '';
      agent.stderr.on('data', (chunk: Buffer) => {
        err += chunk.toString();
      });
      await until('the agent to be active', () => err.includes('active'));
      expect(err).to.contain('control.sock cannot be opened').and.to.contain('--control');
      agent.kill('SIGTERM');
      expect((await agent).exitCode).to.equal(0);
    } finally {
      await execa('umount', [full]);
      await rm(full, { recursive: true, force: true });
    }
  });

  /** An agent that runs, and the entries of its log so far. */
  interface Logged {
    readonly agent: ReturnType<typeof spawn>;
    readonly entries: () => readonly { readonly level: number; readonly msg: string }[];
  }
  const logged = (...args: string[]): Logged => {
    const agent = spawn('run', ...args, '--log-format=json');
    let err = '';
    agent.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    const entries: Logged['entries'] = () =>
      err
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { level: number; msg: string });
    return { agent, entries };
  };

  it('says soon that there is no OVSDB, and when there is', async () => {
    await host.killOvsdb();
    const { agent, entries } = logged(...flags());
    try {
      try {
        await until('the line', () => entries().length > 0);
        expect(entries()[0]?.msg).to.match(/^waiting for OVSDB: cannot connect to unix:.*db\.sock/);
      } finally {
        await host.startOvsdb();
      }
      await until('the end of it', () => entries().some(({ msg }) => msg === 'OVSDB is in reach again'));
    } finally {
      agent.kill('SIGTERM');
      await agent;
    }
  });

  it('logs no error for a restart of ovs-vswitchd', async () => {
    const guest = await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    const { agent, entries } = logged(...flags());
    try {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await host.vsctl('wait-until', 'Interface', 'g1', 'external_ids:pvlan-installed=true');
        await host.killVswitchd(signal);
        await host.startVswitchd();
        await until('it to be healthy again', async () => (await call('status', '--quiet', control())).code === 0);
      }
      expect(entries().filter(({ level }) => level >= 50)).to.deep.equal([]);
      expect(entries().filter(({ msg }) => /EPIPE|BARRIER/.test(msg))).to.deep.equal([]);
    } finally {
      agent.kill('SIGTERM');
      await agent;
      await guest.unplug();
    }
  });

  it('does not tell a standby to mount anything', async () => {
    const first = logged(...flags());
    await until('the first to be active', () => first.entries().some(({ msg }) => msg.startsWith('active')));
    const second = logged(...flags());
    try {
      await until('the second to stand by', () => second.entries().some(({ msg }) => msg.includes('another agent')));
      expect(second.entries().filter(({ level }) => level >= 40)).to.deep.equal([]);
    } finally {
      for (const { agent } of [first, second]) {
        agent.kill('SIGTERM');
        await agent;
      }
    }
  });

  it('goes on when its reader has had enough, and fails when its output cannot be written', async () => {
    const program = `${process.execPath} ${join(folder, 'pvlan-agent.mjs')}`;
    const shell = (line: string) =>
      execa('bash', ['-c', `set -o pipefail; ${line}`], {
        reject: false,
        env: { PVLAN_AGENT_CONFIG: join(folder, 'config.yaml') },
      });
    for (const command of [`plan --json ${ovsdb()} --libvirt=none`, '--help', 'network-xml --primary=2102']) {
      const { exitCode, stderr } = await shell(`${program} ${command} | true`);
      expect(stderr, command).to.equal('');
      expect(exitCode, command).to.equal(0);
    }
    const full = await shell(`${program} network-xml --primary=2102 > /dev/full`);
    expect(full.exitCode).to.equal(1);
    expect(full.stderr).to.match(/^pvlan-agent: the output cannot be written: .*ENOSPC[^\n]*$/);
  });

  it('says who may ask, when it is not this user', async () => {
    const { agent, entries } = logged(...flags());
    await until('the agent to be active', () => entries().some(({ msg }) => msg.startsWith('active')));
    await chmod(folder, 0o755);
    try {
      const nobody = await execa(
        'setpriv',
        ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, join(folder, 'pvlan-agent.mjs')].concat(
          'status',
          control(),
        ),
        { reject: false },
      );
      expect(nobody.exitCode).to.equal(8);
      expectLine(
        { code: 8, out: '', err: nobody.stderr },
        'may not ask the agent',
        'root, or as a member of the group',
      );
    } finally {
      agent.kill('SIGTERM');
      await agent;
    }
  });
});
