import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TxOffload, type OffloadPort } from '../../../src/host/tx-offload.ts';
import { deleteNetns, Netns } from '../../lab/netns.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';

type Command = [string, ...string[]];

describe('transmit checksum offload', function () {
  this.timeout(20_000);
  const lines: string[] = [];
  const log = {
    info: (_: object, line: string) => void lines.push(line),
    warn: (_: object, line: string) => void lines.push(`warning: ${line}`),
  };
  const portgroups = new Set(['isolated-2102']);
  const port = (name: string, uuid = name, portgroup: string | undefined = 'isolated-2102'): OffloadPort => ({
    uuid,
    name,
    portgroup,
  });
  const done = async (offload: TxOffload): Promise<void> => {
    await until('every command to end', () => !offload.busy);
  };
  /** What comes of one port `v0` under `command`. */
  const said = async (command: Command, name = 'v0', timeoutMs = 5000): Promise<string[]> => {
    const offload = new TxOffload({ log, command, timeoutMs });
    offload.apply([port(name)], portgroups);
    await done(offload);
    return lines.splice(0);
  };
  let netns: Netns;
  let folder: string;
  let ethtool: Command;

  before(async () => {
    netns = await Netns.create(`pvlan-tx-${process.pid}`);
    folder = await mkdtemp(join(tmpdir(), 'pvlan-tx-'));
    ethtool = ['ip', 'netns', 'exec', netns.name, 'ethtool'];
    await run('ip', ['-n', netns.name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']);
    await run('ip', ['-n', netns.name, 'tuntap', 'add', 'tap0', 'mode', 'tap']);
  });

  after(async () => {
    await deleteNetns(netns.name);
    await rm(folder, { recursive: true });
  });

  beforeEach(() => {
    lines.length = 0;
  });

  const checksumming = async (name: string): Promise<string> =>
    /^tx-checksumming: (\w+)/m.exec(await netns.run('ethtool', ['-k', name]))?.[1] ?? '';

  it("is switched off on a guest's port of a portgroup that asks for it, and on no other", async () => {
    const offload = new TxOffload({ log, command: ethtool });
    offload.apply(
      [port('v0'), port('v1', 'v1', 'promisc-2102'), { uuid: 't', name: 'tap0', portgroup: undefined }],
      portgroups,
    );
    await done(offload);
    expect(await checksumming('v0')).to.equal('off');
    expect(await checksumming('v1')).to.equal('on');
    expect(lines).to.deep.equal(['port v0: transmit checksum offload is off']);
  });

  it('is switched off on a tap device', async () => {
    expect(await said(ethtool, 'tap0')).to.deep.equal(['port tap0: transmit checksum offload is off']);
  });

  it('is switched off once in the life of a port, and again when the port is born anew', async () => {
    const record = join(folder, 'calls');
    const command: Command = ['sh', '-c', `echo "$*" >>${record}`, 'sh'];
    const calls = async (): Promise<string> => (await readFile(record, 'utf8')).replaceAll('\n', ',');
    const offload = new TxOffload({ log, command });
    for (let turn = 0; turn < 3; turn++) offload.apply([port('v0', 'first')], portgroups);
    await done(offload);
    expect(await calls()).to.equal('-K v0 tx off,');
    offload.apply([], portgroups);
    offload.apply([port('v0', 'second')], portgroups);
    await done(offload);
    offload.apply([port('v0', 'second', 'lan')], portgroups);
    offload.apply([port('v0', 'second')], portgroups);
    await done(offload);
    expect(await calls()).to.equal('-K v0 tx off,'.repeat(3));
  });

  it('is never touched when no portgroup asks for it', async () => {
    const offload = new TxOffload({ log, command: ['/nowhere/ethtool'] });
    offload.apply([port('v0'), port('v1')], new Set());
    await done(offload);
    expect(lines).to.deep.equal([]);
  });

  it('says in one line that ethtool is missing', async () => {
    expect(await said(['/nowhere/ethtool'])).to.deep.equal([
      'warning: port v0: transmit checksum offload stays on: /nowhere/ethtool cannot be run here (ENOENT): install ethtool ' +
        'where the agent runs, or remove txOffload from the portgroup',
    ]);
  });

  it('says in one line that a capability is missing', async () => {
    const command: Command = ['ip', 'netns', 'exec', netns.name, 'setpriv', '--bounding-set', '-net_admin', 'ethtool'];
    const [line, ...others] = await said(command);
    expect(line).to.match(/^warning: port v0: .* not permitted \(.*\): give the agent CAP_NET_ADMIN/);
    expect(others).to.deep.equal([]);
  });

  it('says in one line that the device is not in its namespace', async () => {
    const [line, ...others] = await said(ethtool, 'v9');
    expect(line).to.match(
      /^warning: port v9: .* no such device \(.*\): the port has gone, or the agent does not run in/,
    );
    expect(others).to.deep.equal([]);
  });

  it('says in one line what else went wrong, whatever ethtool prints', async () => {
    const [line = '', ...others] = await said(['sh', '-c', 'yes "it broke" | head -c 9000 >&2; exit 3']);
    expect(line).to.match(/^warning: port v0: .*: it broke; it broke.*: run 'ethtool -K v0 tx off' on the host/);
    expect(line).to.have.length.below(600);
    expect(others).to.deep.equal([]);
  });

  it('is given up after its time', async () => {
    const [line] = await said(['sh', '-c', 'exec sleep 60'], 'v0', 100);
    expect(line).to.contain("sh did not end in time: run 'ethtool -K v0 tx off' on the host to see why");
  });

  it('does not take a port’s name for an option or a path', async () => {
    for (const name of ['--version', '-h', 'a b', 'a/b', '', 'x'.repeat(16)]) {
      const [line] = await said(['/nowhere/ethtool'], name);
      expect(line).to.contain('its name is none of a network device');
    }
  });

  it('is left alone after a stop, which ends what runs', async () => {
    const offload = new TxOffload({ log, command: ['sh', '-c', 'exec sleep 60'] });
    offload.apply(
      Array.from({ length: 10 }, (_, index) => port('v0', String(index))),
      portgroups,
    );
    expect(offload.busy).to.be.true;
    await offload.stop();
    offload.apply([port('v0', 'later')], portgroups);
    expect(offload.busy).to.be.false;
    expect(lines).to.deep.equal([]);
  });
});
