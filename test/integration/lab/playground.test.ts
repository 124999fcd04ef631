import { expect } from 'chai';
import { execa } from 'execa';
import { join } from 'node:path';
import { Daemon } from '../../lab/daemon.ts';
import { Playground } from '../../lab/playground.ts';
import { until } from '../../lab/until.ts';

describe('the lab to look around in', function () {
  this.timeout(90_000);
  let playground: Playground;

  before(async () => {
    playground = await Playground.create({ hosts: 1, guests: 1 }, () => undefined);
  });

  after(async () => {
    await playground.close();
  });

  function command(part: string, what: string): string {
    const hint = playground.hints.find((one) => one.part === part && one.what.startsWith(what));
    if (hint === undefined) throw new Error(`no ${what} of ${part}`);
    return hint.command;
  }

  /** What a visitor sees who types `input` there. */
  async function visit(line: string, input = ''): Promise<string> {
    const { all } = await execa('bash', ['-c', line], { input, all: true, reject: false, timeout: 15_000 });
    return all;
  }

  it("leads into a hypervisor's shell, where its own Open vSwitch and libvirt are at their usual places", async () => {
    const text = await visit(
      command('hypervisor a', 'shell'),
      'ovs-vsctl list-ports br0; virsh list --name; ip -br link; ls /run/openvswitch',
    );
    expect(text)
      .to.match(/^up0$/m)
      .and.match(/^vnet0$/m)
      .and.match(/^a1$/m)
      .and.include('br0.mgmt');
  });

  it('shows the switch and the guests of a hypervisor', async () => {
    expect(await visit(command('hypervisor a', 'switch')))
      .to.include('Bridge br0')
      .and.include('Port vnet0');
    expect(await visit(command('hypervisor a', 'guests'))).to.match(/a1 +running/);
  });

  it("leads into a guest's shell", async () => {
    const visitor = execa('bash', ['-c', `exec ${command('guest a1', 'shell')}`], { reject: false, buffer: false });
    let seen = '';
    visitor.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    try {
      // QEMU hangs up on a visitor who has no more to say, so this one stays until it is answered.
      visitor.stdin.write('ip addr show eth0\n');
      await until("the guest's answer", () => seen.includes('192.0.2.11'));
    } finally {
      visitor.kill('SIGKILL');
      await visitor;
    }
  });

  it("leads into the router's shell", async () => {
    expect(await visit(command('router', 'shell'), 'ip addr show eth0')).to.include('192.0.2.1/24');
  });

  it('starts an agent on a hypervisor that knows the router, and asks it', async () => {
    const output = join(playground.lab.folder, 'agent.log');
    const agent = Daemon.start(
      'the agent of the playground',
      ['bash', '-c', `exec ${command('hypervisor a', 'agent')}`],
      {
        output,
      },
    );
    try {
      const status = command('hypervisor a', 'its ports');
      const installed = async (): Promise<boolean> => /vnet0 .* [0-9.]+ ms/.test(await visit(status));
      await until(`vnet0 to be installed (see ${output})`, installed, { timeout: 30_000 });
      const ping = await visit(command('router', 'shell'), 'busybox ping -c 1 -W 2 192.0.2.11');
      expect(ping).to.include('1 packets received');
    } finally {
      await agent.kill('SIGTERM');
    }
  });
});
