import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drops } from '../../../src/cli/drops/drops.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { NO_FACTS } from '../../../src/pvlan/guest-facts.ts';
import { macAddress, type Mac } from '../../../src/pvlan/mac.ts';
import { NO_GUARDS } from '../../../src/pvlan/policy.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { arpRequest, BROADCAST, dhcpOffer, experimental, icmpEcho, lldp, tag } from '../../lab/frames.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const GUEST: Mac = macAddress('02:00:00:00:00:01')!;
const OTHER = '02:00:00:00:00:02';
const STRANGER = '02:00:00:00:00:99';
const TRUNK = '02:00:00:00:00:03';
const GATEWAY = '02:00:00:00:ff:09';
const FRAMES = 3;

describe('what was dropped', function () {
  this.timeout(60_000);
  let lab: Lab;
  let agent: AgentOn;
  let guest: Endpoint;
  let trunk: Endpoint;
  let unknown: Endpoint;
  let gateway: Endpoint;

  before(async () => {
    lab = await Lab.create();
    const host = await lab.host('a');
    const upstream = await lab.upstream([host]);
    guest = await host.plug({ name: 'g1', mac: GUEST, portProfile: 'isolated-2102' });
    await host.plug({ name: 'g2', mac: OTHER, portProfile: 'isolated-2102' });
    trunk = await host.plug({ name: 'trunk', mac: TRUNK });
    unknown = await host.plug({ name: 'odd', mac: '02:00:00:00:00:04', portProfile: 'isolatd-2102' });
    gateway = await upstream.plug({ name: 'gateway', mac: GATEWAY, tag: 2102 });
    const addresses = [{ family: 4, address: '10.0.0.1', length: 32 } as const];
    agent = await AgentOn.start(host, {
      config: {
        pvlans: [{ ...PVLAN_2102, guards: { ...NO_GUARDS, dhcpServer: true } }],
        guests: new Map([[GUEST, { ...NO_FACTS, addresses }]]),
      },
    });
    await agent.reached('installed', 'g1', 'g2');
    await agent.reached('quarantined', 'odd');
    for (const [, sender, , frame] of cases) {
      for (let sent = 0; sent < FRAMES; sent++) await sender().send(frame());
    }
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  /** Frames that were counted for `cause` at `port`, once there are as many as were sent. */
  const counted = (port: string | undefined, cause: string): Promise<number> =>
    until(`${String(port)} to have ${cause}`, async () => {
      const { totals, ports } = await agent.agent.drops();
      const found =
        port === undefined
          ? totals.find((one) => one.cause === cause)
          : ports.find((one) => one.port === port && one.cause === cause);
      return found !== undefined && found.packets >= FRAMES ? found.packets : undefined;
    });

  const to = (mac: string, src: string, srcIp = '10.0.0.1'): Buffer =>
    icmpEcho({ src, dst: mac, srcIp, dstIp: '10.0.0.254' });

  const cases: readonly (readonly [
    cause: string,
    sender: () => Endpoint,
    port: string | undefined,
    frame: () => Buffer,
  ])[] = [
    ['foreign-mac', () => guest, 'g1', () => to(ROUTER_MAC, STRANGER)],
    ['tagged', () => guest, 'g1', () => tag(to(ROUTER_MAC, GUEST), 2102)],
    [
      'foreign-neighbour',
      () => guest,
      'g1',
      () => arpRequest({ src: GUEST, senderMac: STRANGER, senderIp: '10.0.0.1', targetIp: '10.0.0.254' }),
    ],
    ['foreign-address', () => guest, 'g1', () => to(ROUTER_MAC, GUEST, '10.0.0.77')],
    ['refused-service', () => guest, 'g1', () => dhcpOffer({ src: GUEST, srcIp: '10.0.0.1', client: STRANGER })],
    ['malformed', () => guest, undefined, () => lldp(GUEST)],
    ['parking-vlan', () => trunk, undefined, () => tag(experimental(BROADCAST, TRUNK), 4095)],
    ['quarantined', () => unknown, 'odd', () => experimental(BROADCAST, '02:00:00:00:00:04')],
    ['forged-outside', () => trunk, undefined, () => tag(experimental(BROADCAST, ROUTER_MAC), 2102)],
    ['unlisted-router', () => gateway, 'g1', () => to(GUEST, GATEWAY)],
    ['forged-wire', () => gateway, 'g1', () => experimental(BROADCAST, GUEST)],
  ];

  for (const [cause, , port] of cases) {
    it(`is counted as ${cause}${port === undefined ? '' : ` at ${port}`}`, async () => {
      expect(await counted(port, cause)).to.equal(FRAMES);
    });
  }

  /** What the command prints. */
  const told = async (json: boolean): Promise<string> => {
    const host = lab.hosts[0]!;
    const flags = { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none' };
    const config = { ...loadConfig({ env: {}, defaultFile: join(host.folder, 'none'), flags }), pvlans: [PVLAN_2102] };
    let text = '';
    expect(await drops(config, { json, follow: false }, (part) => (text += part))).to.equal(0);
    return text;
  };

  it('is told by the command, which needs no agent', async () => {
    const text = await told(false);
    expect(text).to.match(/^foreign-mac +g1 +- +2102 +br0 +3 +0$/m);
    expect(text).to.contain('tagged: a guest sends frames with a VLAN tag');
  });

  it('is told as JSON of a shape that is written down', async () => {
    const schema: unknown = JSON.parse(
      await readFile(join(import.meta.dirname, '../../../schemas/drops.schema.json'), 'utf8'),
    );
    const check = new Ajv2020({ allErrors: true }).compile(schema as object);
    check(JSON.parse(await told(true)));
    expect(check.errors ?? []).to.deep.equal([]);
  });

  it('names the router that is missing, and the line by which it would be believed', async () => {
    await gateway.send(to(OTHER, GATEWAY));
    const text = await until('the datapath to know of it', async () => {
      const now = await told(false);
      return now.includes(GATEWAY) ? now : undefined;
    });
    expect(text).to.match(/02:00:00:00:ff:09 on \S+ sent \d+ frames to .*g2.* of VLAN 2102 that nobody heard/);
    expect(text).to.contain("pvlans: [{ primary: 2102, promiscuousMacs: ['02:00:00:00:ff:09'] }]");
    expect(text).not.to.contain(`${ROUTER_MAC} on`);
  });

  it('is of the Private VLAN, and goes on when the flows are installed anew', async () => {
    const before = (await agent.agent.drops()).totals.find(({ cause }) => cause === 'foreign-mac');
    expect(before).to.deep.include({ pvlan: 2102, packets: FRAMES });
    await lab.hosts[0]!.ofctl('del-flows', 'br0', 'table=0,in_port=g1');
    const flows = (): Promise<string> => lab.hosts[0]!.ofctl('dump-flows', 'br0', 'table=0,in_port=g1');
    await until('the flows to come again', async () => (await flows()).includes('priority=201'));
    await guest.send(to(ROUTER_MAC, STRANGER));
    await until('the frame to be counted', async () =>
      (await agent.agent.drops()).totals.some(
        ({ cause, packets }) => cause === 'foreign-mac' && packets === FRAMES + 1,
      ),
    );
  });
});
