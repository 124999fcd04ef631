import { expect } from 'chai';
import type { Host } from '../../lab/host.ts';
import { emptyFolder } from '../../lab/power-failure.ts';
import { until } from '../../lab/until.ts';
import { Hypervisor } from './hypervisor.ts';
import { allFlows, marks } from './ports.ts';
import { ADDRESS, ALICE, Suspect } from './suspect.ts';

describe('a hostile guest, isolated, through the life of its Open vSwitch', function () {
  this.timeout(60_000);
  let hypervisor: Hypervisor;
  let host: Host;
  let suspect: Suspect;

  before(async () => {
    hypervisor = await Hypervisor.start();
    host = hypervisor.host;
    suspect = await Suspect.define(hypervisor);
    await suspect.guest.launch();
    await suspect.isolated();
  });

  after(async () => {
    await hypervisor.close();
  });

  it('is isolated when ovs-vswitchd comes after the agent, and is not said to be before', async () => {
    const flows = await allFlows(host);
    await hypervisor.agent.stop();
    await host.killVswitchd('SIGKILL');
    await hypervisor.startAgent();
    await until('the mark to be taken back', async () => (await marks(host, ALICE)) === 'isolated 2102');
    await host.startVswitchd();
    await suspect.isolated();
    await until('all flows to be back', async () => (await allFlows(host)).length === flows.length);
  });

  it('is isolated when ovsdb-server comes after the agent', async () => {
    await hypervisor.agent.stop();
    await host.killOvsdb('SIGKILL');
    await Promise.all([hypervisor.startAgent(), host.startOvsdb()]);
    await suspect.isolated();
  });

  it('is isolated when both come after the agent', async () => {
    await hypervisor.agent.stop();
    await host.killVswitchd('SIGKILL');
    await host.killOvsdb('SIGKILL');
    const switchStarts = async (): Promise<void> => {
      await host.startOvsdb();
      await host.startVswitchd();
    };
    await Promise.all([hypervisor.startAgent(), switchStarts()]);
    await suspect.isolated();
  });

  it('stays isolated when somebody empties the run folder of Open vSwitch, and when that is started anew', async () => {
    const { around } = suspect;
    await emptyFolder(host.rundir);
    await around.routerReaches(ADDRESS);
    expect(await around.heard(around.victim, ALICE)).to.equal(0);
    // An agent that starts now finds no socket to speak to; the one that runs keeps its connections.
    const { bridges, database } = hypervisor.agent.agent.status();
    expect([database.connected, ...bridges.map(({ openflow }) => openflow)]).to.deep.equal([true, 'up']);
    await host.killVswitchd('SIGKILL');
    await host.killOvsdb('SIGKILL');
    await host.startOvsdb();
    await host.startVswitchd();
    await suspect.isolated();
  });
});
