import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { AgentChild } from '../../chaos/agent-child.ts';
import { until } from '../../lab/until.ts';
import { ROUTER_MAC } from '../../support/duo.ts';
import { useSite } from '../recovery/site.ts';

/** A router that the first configuration does not know. */
const OTHER_MAC = '02:00:00:00:0e:0e';

describe('an agent that is told to read its configuration again', function () {
  this.timeout(60_000);
  const site = useSite({ agent: false });
  let agent: AgentChild;

  before(async () => {
    agent = await AgentChild.start(site().host);
    await agent.settled(['g1', 'g2']);
  });

  after(() => agent.kill());

  const file = (): string => join(site().host.folder, 'etc', 'agent.yaml');
  const reload = async (change: (config: Record<string, unknown>) => unknown): Promise<void> => {
    const config = JSON.parse(await readFile(file(), 'utf8')) as Record<string, unknown>;
    const changed = change(config);
    await writeFile(file(), typeof changed === 'string' ? changed : JSON.stringify(changed));
    agent.signal('SIGHUP');
  };
  const refusal = async (): Promise<string | undefined> =>
    (await agent.status())?.alarms.find(({ code }) => code === 'configuration-refused')?.message;
  const believes = async (mac: string): Promise<boolean> =>
    (await site().flows()).some((line) => line.includes(`dl_src=${mac}`));
  const pvlans = (...promiscuousMacs: readonly string[]): object => ({ pvlans: [{ primary: 2102, promiscuousMacs }] });

  it('believes a router that is listed now, and disturbs nobody', async () => {
    const { pid } = agent;
    const before = await site().flows();
    expect(await believes(OTHER_MAC)).to.equal(false);
    await reload((config) => ({ ...config, ...pvlans(ROUTER_MAC, OTHER_MAC) }));
    await until('the flows', () => believes(OTHER_MAC));
    await agent.settled(['g1', 'g2']);
    expect(agent.pid).to.equal(pid);
    const after = await site().flows();
    expect(before.filter((line) => !after.includes(line))).to.deep.equal([]);
    expect(await site().offences()).to.equal('');
    expect(await agent.words()).to.contain('the configuration was read again and is in force');
  });

  it('stays with what it had when the new one is wrong, says what is, and mends it with the next', async () => {
    const before = await site().flows();
    await reload(() => '{ pvlans: [ { primary: 5000 } ] }');
    await until('the alarm', async () => /primary/.test((await refusal()) ?? ''));
    expect(await site().flows()).to.deep.equal(before);
    expect(await agent.words()).to.contain('the configuration was not taken over');
    await writeFile(
      file(),
      JSON.stringify({
        ovsdb: `unix:${site().host.dbSocket}`,
        libvirt: 'none',
        control: agent.controlSocket,
        ...pvlans(ROUTER_MAC),
      }),
    );
    agent.signal('SIGHUP');
    await until('the alarm to end', async () => (await refusal()) === undefined);
    await until('the router to be unknown again', async () => !(await believes(OTHER_MAC)));
  });

  it('does not take half of one that needs another start', async () => {
    await reload((config) => ({ ...config, ...pvlans(ROUTER_MAC, OTHER_MAC), tables: { first: 80 } }));
    await until('the alarm', async () => /tables cannot change/.test((await refusal()) ?? ''));
    expect(await believes(OTHER_MAC)).to.equal(false);
    await reload((config) => ({ ...config, tables: undefined, ...pvlans(ROUTER_MAC) }));
    await until('the alarm to end', async () => (await refusal()) === undefined);
  });

  it('gives a portgroup a role that had none', async () => {
    await site().host.vsctl('set', 'Interface', 'g2', 'external_ids:port-profile=tenants');
    await agent.settled(['g1']);
    await reload((config) => ({
      ...config,
      portgroups: { tenants: { primary: 2102, role: 'community', community: 'web' } },
    }));
    await agent.settled(
      new Map([
        ['g1', 'isolated-2102'],
        ['g2', 'tenants'],
      ]),
    );
    expect(await site().host.vsctl('get', 'Interface', 'g2', 'external_ids:pvlan-role')).to.contain('community');
  });
});
