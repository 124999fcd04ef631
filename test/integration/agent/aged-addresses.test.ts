import { expect } from 'chai';
import { macAddress } from '../../../src/pvlan/mac.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import type { WireMode } from '../../../src/pvlan/wire-mode.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental, tag } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { layCable } from '../../lab/netns.ts';
import { Prober } from '../../lab/probe.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';

const [ISOLATED, WEB] = [2103, 2104];

const SECONDARY: WireMode = {
  kind: 'secondary',
  isolated: vlanId(ISOLATED),
  communities: new Map([['web', vlanId(WEB)!]]),
};

/** The routers of the first host, which the second has in its list. */
const ROUTERS_HERE: Readonly<Record<string, string>> = {
  rhere: '02:00:00:00:0d:01',
  rport: '02:00:00:00:0d:02',
  rtrunk: '02:00:00:00:0d:03',
};

/** An address that routers hand on to each other, as VRRP has it; listed everywhere. */
const SHARED = '00:00:5e:00:01:01';

/** A router that migrates; listed everywhere, too. */
const MOVING = '02:00:00:00:0d:09';

/** Stations: guests begin with `a` or `b`, their host; routers with `r`; whoever has no business in it with `x`. */
type Stations = Record<string, Endpoint>;

for (const wire of [PVLAN_2102.wire, SECONDARY]) {
  describe(`addresses that the switches have forgotten, ${wire.kind} mode`, function () {
    this.timeout(60_000);
    let lab: Lab;
    let agents: readonly AgentOn[] = [];
    const stations: Stations = {};

    before(async () => {
      lab = await Lab.create();
      const [a, b, leaf] = [await lab.host('a'), await lab.host('b'), await lab.host('leaf')];
      const upstream = await lab.upstream([a, b]);
      // A second way out of the first host, to a switch of its own.
      await leaf.addBridge('br0');
      await layCable({ netns: a.netns, name: 'up1' }, { netns: leaf.netns, name: 'toa' });
      await a.addDevice('br0', 'up1');
      await leaf.addDevice('br0', 'toa');
      const config = (...further: readonly string[]) => {
        const macs = [
          ...PVLAN_2102.promiscuousMacs,
          ...[SHARED, MOVING, ...further].flatMap((mac) => macAddress(mac) ?? []),
        ];
        return { config: { pvlans: [{ ...PVLAN_2102, wire, promiscuousMacs: macs }] } };
      };
      agents = [await AgentOn.start(a, config()), await AgentOn.start(b, config(...Object.values(ROUTERS_HERE)))];
      let number = 0;
      const plug = async (host: Host, name: string, options: object): Promise<void> => {
        number += 1;
        const mac = { rwire: ROUTER_MAC, ...ROUTERS_HERE }[name] ?? `02:00:00:00:0c:0${number.toString(16)}`;
        const bridge = host === upstream.host ? 'sw0' : 'br0';
        stations[name] = await host.plug({ name, mac, bridge, ...options });
      };
      for (const [host, at] of [
        [a, 'a'],
        [b, 'b'],
      ] as const) {
        await plug(host, `${at}1`, { portProfile: 'isolated-2102' });
        await plug(host, `${at}w`, { portProfile: 'community-2102-web' });
        await plug(host, `x${at}`, {});
      }
      await plug(a, 'rhere', { portProfile: 'promisc-2102' });
      // Where the VLAN tells who is who, NORMAL does not lead to ports here, so the port has to say whose it is.
      await plug(a, 'rport', { tag: 2102, ...(wire.kind === 'single' ? { ifaceId: false } : {}) });
      await plug(a, 'rtrunk', { portProfile: 'promisc-2102', trunks: [2102] });
      if (wire.kind === 'single') await plug(b, 'rb', { tag: 2102, ifaceId: false });
      await plug(upstream.host, 'rwire', { tag: 2102, ifaceId: false });
      await plug(upstream.host, 'xwire', { ifaceId: false });
      await plug(leaf, 'xleaf', {});
      if (wire.kind === 'secondary') await shareLearning(upstream.host, stations);
      await agents[0]!.reached('installed', 'a1', 'aw', 'rhere', 'rport', 'rtrunk');
      await agents[1]!.reached('installed', 'b1', 'bw');
      for (const { agent } of agents) await until('the agent to settle', () => agent.status().settled);
    });

    after(async () => {
      for (const agent of agents) await agent.stop();
      await lab.close();
    });

    /** Who gets a unicast frame that `from` sends to `to`. */
    const reached = async (from: string, to: string): Promise<readonly string[]> => {
      const frame = experimental(stations[to]!.mac, stations[from]!.mac);
      const tagged = from === 'rtrunk' ? tag(frame, 2102) : frame;
      const deliveries = await new Prober(lab.hosts).send([{ from: stations[from]!, frame: tagged }]);
      const names = deliveries.flatMap(({ receiver, times }) => Array.from({ length: times }, () => receiver.name));
      if (wire.kind === 'single') return names;
      // Ports of routers here get what no port here has the address of.
      return names.filter((name) => name === to || !name.startsWith('r') || to !== 'rwire');
    };

    const speak = async (from: string, dst: string, src: string): Promise<readonly string[]> => {
      const frame = experimental(dst, src);
      const probe = { from: stations[from]!, frame: from === 'rtrunk' ? tag(frame, 2102) : frame };
      return (await new Prober(lab.hosts).send([probe])).map(({ receiver }) => receiver.name);
    };

    /**
     * What the last frames taught is in force. A frame that the datapath knows already teaches NORMAL when statistics are next
     * collected, and what was known before leads others until then (ofproto/ofproto-dpif-upcall.c).
     */
    const caught = async (): Promise<void> => {
      await Promise.all(lab.hosts.map((host) => host.appctl('revalidator/wait')));
    };

    /** A router says to all that the shared address is its own now. */
    const takeOver = async (router: string): Promise<void> => {
      await speak(router, BROADCAST, SHARED);
      await caught();
    };

    const forget = async (): Promise<void> => {
      for (const host of lab.hosts) await host.appctl('fdb/flush');
    };

    for (const guest of ['a1', 'aw', 'b1', 'bw']) {
      for (const router of ['rhere', 'rport', 'rtrunk', 'rwire']) {
        it(`are known again to ${guest} and ${router} once both have spoken, and to nobody else`, async () => {
          await forget();
          await reached(guest, router);
          await reached(router, guest);
          await caught();
          expect(await reached(guest, router)).to.deep.equal([router]);
          expect(await reached(router, guest)).to.deep.equal([guest]);
        });
      }
    }

    it('that are forgotten during a talk are learned from it again, and other guests hear nothing meanwhile', async () => {
      const talkers = ['a1', 'b1', 'rwire', 'rport'].map((name) => stations[name]!);
      const strangers = ['aw', 'bw'].map((name) => stations[name]!);
      let overheard = 0;
      const stops = strangers.map((one) => one.watch(({ probeId }) => (overheard += probeId === undefined ? 1 : 0)));
      const talk = async (): Promise<void> => {
        for (const [from, to] of [
          ...[0, 1].flatMap((guest) =>
            [2, 3].flatMap((router) => [[guest, router] as const, [router, guest] as const]),
          ),
        ]) {
          await talkers[from]!.send(experimental(talkers[to]!.mac, talkers[from]!.mac));
        }
      };
      await talk();
      for (let times = 0; times < 3; times += 1) {
        await forget();
        // Nothing but the talk goes on: frames that the datapath knows teach the switch when statistics are collected.
        await until('both directions to be between the two alone', async () => {
          for (let round = 0; round < 5; round += 1) await talk();
          await caught();
          const heard = [await reached('a1', 'rwire'), await reached('rwire', 'a1'), await reached('b1', 'rport')];
          return JSON.stringify(heard) === JSON.stringify([['rwire'], ['a1'], ['rport']]);
        });
      }
      for (const stop of stops) stop();
      expect(overheard).to.equal(0);
    });

    // In secondary mode what is for an address that no port here says is its own goes to all routers here.
    if (wire.kind === 'single') {
      for (const [from, to] of [
        ['rport', 'rwire'],
        ['rwire', 'rhere'],
        ['rhere', 'rtrunk'],
        ['rtrunk', 'rb'],
        ['rb', 'rport'],
      ] as const) {
        it(`follow an address that ${from} hands to ${to}, as VRRP does`, async () => {
          const guests = ['a1', 'aw', 'b1', 'bw'];
          const toRouter = async (router: string): Promise<void> => {
            for (const guest of guests) {
              const heard = await speak(guest, SHARED, stations[guest]!.mac);
              expect(heard, `${guest} to ${router}`).to.deep.equal([router]);
            }
            await caught();
          };
          await forget();
          await takeOver(from);
          await toRouter(from);
          await takeOver(to);
          await toRouter(to);
          for (const guest of guests) {
            expect(await speak(to, stations[guest]!.mac, SHARED), `${to} to ${guest}`).to.deep.equal([guest]);
          }
        });
      }
    }

    if (wire.kind === 'single') {
      it('follow a router that moves to another host, forgotten there and here, with its old port still plugged in or gone', async () => {
        const [a, b] = lab.hosts;
        const guests = ['a1', 'aw', 'b1', 'bw'];
        const options = { name: 'rmove', mac: MOVING, portProfile: 'promisc-2102' };
        const betweenTwo = async (): Promise<void> => {
          await speak('rmove', BROADCAST, MOVING);
          await caught();
          await forget();
          for (const guest of guests) {
            await reached(guest, 'rmove');
            await reached('rmove', guest);
          }
          await caught();
          for (const guest of guests) {
            expect(await reached(guest, 'rmove'), `${guest} to the router`).to.deep.equal(['rmove']);
            expect(await reached('rmove', guest), `the router to ${guest}`).to.deep.equal([guest]);
          }
        };
        const before = await a!.plug(options);
        stations['rmove'] = before;
        await agents[0]!.reached('installed', 'rmove');
        await betweenTwo();
        const after = await b!.plug(options);
        await agents[1]!.reached('installed', 'rmove');
        await before.unplug();
        stations['rmove'] = after;
        await until('the agents to settle', () => agents.every(({ agent }) => agent.status().settled));
        await betweenTwo();
        await after.unplug();
        delete stations['rmove'];
      });
    }

    for (const router of ['rhere', 'rtrunk']) {
      it(`are no matter between guests and ${router} on their own host: the port says whose it is`, async () => {
        await forget();
        expect(await reached('a1', router)).to.deep.equal([router]);
        expect(await reached('aw', router)).to.deep.equal([router]);
      });
    }
  });
}

/** Has the switch learn addresses for all VLANs of the Private VLAN together, as one that knows Private VLANs does. */
async function shareLearning(host: Host, stations: Stations): Promise<void> {
  const router = await stations['rwire']!.ofport();
  for (const [name, { mac }] of Object.entries(stations)) {
    const port = await host.vsctl('get', 'Interface', /^(b|xb)/.test(name) ? 'to-b' : 'to-a', 'ofport');
    const out = name === 'rwire' ? `strip_vlan,output:${router}` : `output:${port}`;
    await host.ofctl(
      'add-flow',
      'sw0',
      `in_port=${router},dl_dst=${mac},actions=push_vlan:0x8100,mod_vlan_vid:2102,${out}`,
    );
    for (const vlan of [2102, ISOLATED, WEB]) {
      await host.ofctl('add-flow', 'sw0', `dl_vlan=${vlan},dl_dst=${mac},actions=${out}`);
    }
  }
}
