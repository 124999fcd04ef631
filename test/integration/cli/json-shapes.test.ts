import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchEvents } from '../../../src/cli/control-client.ts';
import { plan } from '../../../src/cli/plan.ts';
import { status } from '../../../src/cli/status/status.ts';
import { verify } from '../../../src/cli/verify.ts';
import { who } from '../../../src/cli/why/who.ts';
import { why } from '../../../src/cli/why/why.ts';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { controlServer } from '../../../src/control/control-server.ts';
import { EventBook } from '../../../src/control/event-book.ts';
import { listen, stop } from '../../../src/control/unix-socket.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const SCHEMAS = join(import.meta.dirname, '../../../schemas');

describe('what commands print for programs', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let folder: string;
  let agent: AgentOn | undefined;
  let server: Server | undefined;
  let config: Config;

  const printed = async (command: (print: (text: string) => void) => Promise<unknown>): Promise<unknown> => {
    let text = '';
    await command((line) => {
      text += line;
    });
    return JSON.parse(text);
  };

  const expectShape = async (name: string, value: unknown): Promise<void> => {
    const schema = JSON.parse(await readFile(join(SCHEMAS, `${name}.schema.json`), 'utf8')) as object;
    const ajv = new Ajv2020({ allErrors: true, strict: true });
    const validate = ajv.compile(schema);
    // What programs get is JSON: what is undefined is absent there.
    const isRight = validate(JSON.parse(JSON.stringify(value)));
    expect(isRight, JSON.stringify(validate.errors?.slice(0, 5), null, 1)).to.equal(true);
  };

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await lab.upstream([host]);
    folder = await mkdtemp(join(tmpdir(), 'pvlan-shapes-'));
    const file = join(folder, 'config.yaml');
    const settings = {
      ...{ ovsdb: `unix:${host.dbSocket}`, openflow: host.rundir, libvirt: 'none', control: join(folder, 'c.sock') },
      pvlans: [{ primary: 2102, promiscuousMacs: [ROUTER_MAC] }],
      guests: { '02:00:00:00:00:02': { addresses: ['192.0.2.2'] } },
    };
    await writeFile(file, JSON.stringify(settings));
    config = loadConfig({ env: {}, flags: { config: file } });
    await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    await host.plug({ name: 'g2', mac: '02:00:00:00:00:02', portProfile: 'community-2102-web' });
    await host.plug({ name: 'r1', mac: '02:00:00:00:00:03', portProfile: 'promisc-2102' });
    await host.plug({ name: 'q1', mac: '02:00:00:00:00:01', portProfile: 'isolated-2102' });
    await host.plug({ name: 'lan', mac: '02:00:00:00:00:05', portProfile: 'lan' });
  });

  after(async () => {
    if (server !== undefined) await stop(server);
    await agent?.stop();
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is described by the schemas before an agent has come', async () => {
    await expectShape('plan', await printed((print) => plan(config, { json: true, flows: false }, print)));
    const options = { json: true, quiet: false, all: false, live: false };
    const found = await printed((print) => status(config, '1.2.3', options, print).catch(() => undefined));
    await expectShape('status', found);
    expect(found).to.include({ mode: 'stopped', version: '1.2.3' });
    expect(JSON.stringify(found)).not.to.contain('"repairs":0');
  });

  it('is described by the schemas while one works', async () => {
    agent = await AgentOn.start(host, { config: { pvlans: [PVLAN_2102] } });
    const working = agent;
    const events = new EventBook({ info: () => undefined, warn: () => undefined, error: () => undefined });
    events.warn(
      { event: 'port', bridge: 'br0', port: 'g1', pvlan: 2102, hold: 'refused', state: 'held' },
      'port g1 held',
    );
    events.info({}, 'something else');
    server = controlServer(
      () => working.agent.status(),
      (after) => events.after(after),
    );
    await listen(server, config.control);
    await working.reached('installed', 'g1', 'g2', 'r1');
    await working.reached('quarantined', 'q1');
    const options = { json: true, quiet: false, all: false, live: false };
    await expectShape('status', await printed((print) => status(config, '0', options, print)));
    await expectShape('plan', await printed((print) => plan(config, { json: true, flows: false }, print)));
    await expectShape('verify', await printed((print) => verify(config, { json: true }, print)));
    for (const name of ['g1', 'g2', 'q1', 'lan']) {
      await expectShape('who', await printed((print) => who(config, name, { json: true }, print)));
    }
    for (const [from, to] of [
      ['g1', 'g2'],
      ['g1', ROUTER_MAC],
      ['02:00:00:00:ff:09', 'g1'],
      ['q1', 'r1'],
      ['lan', 'g1'],
    ] as const) {
      const call = { from, to, address: undefined, flows: false, json: true };
      await expectShape('why', await printed((print) => why(config, call, print)));
    }
    const answer = await fetchEvents(config.control, 0);
    await expectShape('events', answer);
    expect(answer.events.map(({ event, message }) => [event, message])).to.deep.equal([
      ['port', 'port g1 held'],
      ['agent', 'something else'],
    ]);
    expect((await fetchEvents(config.control, 1)).events).to.have.length(1);
    expect((await fetchEvents(config.control, 99)).next).to.equal(2);
  });
});
