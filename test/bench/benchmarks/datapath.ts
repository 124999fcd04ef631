import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { adversarialFrames } from '../adversary.ts';
import type { Task } from '../benchmark.ts';
import { fill, frameRate, type Pair } from '../site/traffic.ts';
import { percentile } from '../statistics.ts';
import { datapathSize } from '../switch-figures.ts';
import type { Host } from '../../lab/host.ts';
import type { PlugOptions } from '../../lab/port.ts';

const BENCHMARK = 'datapath';
/** Guests that speak; more change the datapath's flows one by one, not their rate. */
const GUESTS = 20;
/** Frames that an adversary sends for each unit of bulk: all it has, unless the run is brief. */
const ATTACK = 1000;

/** Guests and their router through the agent's flows, beside plain NORMAL on another bridge of the same switch. */
export async function datapath({ report, effort, progress }: Task): Promise<void> {
  const place = { benchmark: BENCHMARK };
  const lab = await Lab.create();
  try {
    const host = await lab.host('a');
    await host.addBridge('br0');
    await host.addBridge('br1');
    // As long as a round takes: what is idle stays.
    await host.vsctl('set', 'Open_vSwitch', '.', 'other_config:max-idle=60000');
    const guarded = await plug(host, 'br0', true);
    const plain = await plug(host, 'br1', false);
    const agent = await AgentOn.start(host, { config: { bridges: ['br0'], pvlans: [PVLAN_2102] } });
    await agent.reached('installed', ...guarded.map(({ guest }) => guest.name));
    progress('rates');
    const rates: { readonly guarded: number; readonly plain: number }[] = [];
    for (let turn = 0; turn < effort.repeats; turn += 1) {
      const without = await frameRate(host, plain, effort.births);
      rates.push({ plain: without, guarded: await frameRate(host, guarded, effort.births) });
    }
    const ways = [
      { of: 'agent', bridge: guarded },
      { of: 'plain NORMAL', bridge: plain },
    ];
    for (const { of, bridge } of ways) {
      progress(`flows of the datapath, ${of}`);
      await host.appctl('dpctl/del-flows');
      await frameRate(host, bridge, GUESTS);
      const calm = await datapathSize(host);
      report.note(place, of, `${GUESTS} guests and a router: megaflows`, calm.megaflows, 'number');
      report.note(place, of, `${GUESTS} guests and a router: masks`, calm.masks, 'number');
      const [pair] = bridge;
      if (pair === undefined) continue;
      const { guest, router } = pair;
      const attack = { mac: guest.mac, ipv4: '10.0.0.1', ipv6: '2001:db8::1', router: router.mac };
      await fill(guest, adversarialFrames(attack).slice(0, effort.bulk * ATTACK), host);
      const attacked = await datapathSize(host);
      report.note(place, of, 'one of them varies addresses and ports: megaflows', attacked.megaflows, 'number');
      report.note(place, of, 'one of them varies addresses and ports: masks', attacked.masks, 'number');
    }
    await agent.stop();
    const what = "guest ↔ router, frames for each second of the switch's thread";
    report.note(
      place,
      'agent',
      what,
      rates.map((rate) => rate.guarded),
      '1/s',
    );
    const normal = report.note(
      place,
      'plain NORMAL',
      what,
      rates.map((rate) => rate.plain),
      '1/s',
    );
    const ratio = percentile(
      rates.map((rate) => rate.guarded / rate.plain),
      50,
    );
    report.ratio(place, 'guest ↔ router >= 0.95 of plain NORMAL', ratio * normal.p50, normal.p50, { atLeast: 0.95 });
  } finally {
    await lab.close();
  }
}

/** Guests, each with the router of all; behind them either the agent's flows or a plain VLAN. */
async function plug(host: Host, bridge: string, isGuarded: boolean): Promise<Pair[]> {
  const number = isGuarded ? 1 : 2;
  const common = (role: string): Partial<PlugOptions> =>
    isGuarded ? { portProfile: role } : { tag: 2102, ifaceId: false as const };
  const router = await host.plug({
    ...{ name: `router${number}`, bridge, mac: `02:00:00:00:0${number}:fe` },
    ...common('promisc-2102'),
  });
  const pairs: Pair[] = [];
  for (let index = 1; index <= GUESTS; index += 1) {
    const mac = `02:00:00:00:0${number}:${index.toString(16).padStart(2, '0')}`;
    const guest = await host.plug({ name: `n${number}g${index}`, bridge, mac, ...common('isolated-2102') });
    pairs.push({ guest, router });
  }
  return pairs;
}
