import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { layCable, Netns } from '../../lab/netns.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { Tree } from '../../unit/libvirt/tree.ts';

const OPERATIONS = join(import.meta.dirname, '../../../docs/operations.md');

/** The commands that docs/operations.md gives under this name. */
async function recipe(name: string): Promise<string> {
  const text = await readFile(OPERATIONS, 'utf8');
  const commands = new RegExp(`<!-- recipe: ${name} -->\\n\\n\`\`\`sh\\n([^]*?)\`\`\``).exec(text)?.[1];
  if (commands === undefined) throw new Error(`docs/operations.md has no recipe ${name}`);
  return commands;
}

describe('the recipe for guests without libvirt, on a host that has libvirt', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let container: Netns;
  let tree: Tree;
  let agent: AgentOn;

  /** Runs commands as an operator does, with Open vSwitch where the lab has it. */
  const follow = (commands: string): Promise<string> =>
    run('sh', ['-e', '-c', commands], { env: { OVS_RUNDIR: host.rundir } });
  const ids = (): Promise<string> => host.vsctl('get', 'Interface', 'c1', 'external_ids');
  const flows = (): Promise<string> => host.ofctl('dump-flows', 'br0');

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    container = await Netns.create(`${host.netns.name}-c`);
    await layCable({ netns: host.netns, name: 'c1' }, { netns: container, name: 'eth0' });
    tree = await Tree.create('9.0/running');
    const libvirt = { stateDir: tree.path('state'), configDir: tree.path('config'), virsh: false } as const;
    agent = await AgentOn.start(host, { libvirt, config: { pvlans: [PVLAN_2102] } });
  });

  after(async () => {
    await agent.stop();
    await tree.close();
    await container.delete();
    await lab.close();
  });

  it('plugs a port that is born parked and becomes isolated', async () => {
    await follow(await recipe('plug'));
    expect(await ids()).to.contain('pvlan-role=isolated');
    expect(await host.vsctl('get', 'Port', 'c1', 'trunks', 'protected')).to.equal('[4095]\ntrue');
    expect(await flows()).to.contain('dl_src=02:00:00:00:0c:01');
    expect(await host.vsctl('get', 'Port', 'c1', 'external_ids:pvlan-saved')).to.contain('4095');
  });

  it('gives the row to another NIC, whose address alone is served then', async () => {
    await follow(await recipe('reuse'));
    await until('the new address to be served', async () => (await flows()).includes('dl_src=02:00:00:00:0c:02'));
    await agent.reached('installed', 'c1');
    expect(await flows()).to.not.contain('02:00:00:00:0c:01');
  });

  it('needs pvlan-nic to be taken away for that: without, the port stays closed and says so', async () => {
    const careless = (await recipe('reuse')).replace(/remove Interface .*? -- /, '').replace('0c:02', '0c:03');
    await follow(careless);
    await agent.reached('quarantined', 'c1');
    const [port] = agent.agent.status().bridges.flatMap(({ ports }) => ports.filter(({ name }) => name === 'c1'));
    expect(port?.quarantine?.message).to.contain('remove its external_ids:pvlan-nic');
    await host.vsctl('remove', 'Interface', 'c1', 'external_ids', 'pvlan-nic');
    await agent.reached('installed', 'c1');
  });
});
