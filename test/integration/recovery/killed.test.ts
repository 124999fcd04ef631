import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';
import { AgentChild } from '../../chaos/agent-child.ts';
import { Guest } from '../../chaos/guest.ts';
import { Traffic } from '../../chaos/traffic.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { until } from '../../lab/until.ts';
import { jsonMessages, openFlowMessages, Relay } from '../../support/relay.ts';
import { useSite } from './site.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** More messages than a birth has, with room for what others cause meanwhile. */
const MOST_MESSAGES = 120;

for (const bornParked of [true, false]) {
  describe(`an agent killed after each message of the birth of a guest ${bornParked ? '' : 'not '}born parked`, function () {
    this.timeout(240_000);
    const site = useSite({ agent: false, bornParked });
    let relays: Relay[];
    let agent: AgentChild;
    let traffic: Traffic;
    /** Messages to go until the agent is killed. */
    let left = Infinity;

    before(async () => {
      const { host } = site();
      const folder = join(host.folder, 'run');
      relays = [
        await Relay.listen(join(folder, 'db.sock'), host.dbSocket, jsonMessages),
        await Relay.listen(join(folder, 'br0.mgmt'), join(host.rundir, 'br0.mgmt'), openFlowMessages),
      ];
      for (const relay of relays)
        relay.onMessage = () => {
          left -= 1;
          // Before the message is passed on: it does not know of an answer, and nobody else of its end.
          if (left === 0) agent.signal('SIGKILL');
        };
      // It empties ovs-vswitchd's caches over the control socket in the same folder.
      const control = `ovs-vswitchd.${host.vswitchdPid}.ctl`;
      for (const file of ['ovs-vswitchd.pid', control]) await symlink(join(host.rundir, file), join(folder, file));
      const bundle = join(host.folder, 'pvlan-agent.mjs');
      await execa(process.execPath, ['scripts/build.mjs', '--outfile', bundle], { cwd: ROOT });
      const settings = { ovsdb: `unix:${join(folder, 'db.sock')}`, openflow: folder };
      agent = await AgentChild.start(host, { program: [bundle], settings });
      await agent.settled(['g1', 'g2']);
      traffic = new Traffic(5517);
      enter(site().router, 'router');
      for (const guest of site().guests) enter(guest, 'isolated-2102');
      traffic.start();
    });

    after(async () => {
      traffic.stop();
      await agent.kill();
      for (const relay of relays) await relay.close();
    });

    const enter = (endpoint: Endpoint, role: 'router' | 'isolated-2102', protectedNow = true): Guest => {
      const guest = new Guest(endpoint, site().host, role, bornParked || role === 'router');
      if (protectedNow) guest.settle();
      traffic.join(guest);
      return guest;
    };

    it('leaves what its successor goes on from, and no forbidden frame passes', async () => {
      let killed = 0;
      for (let after = 1; after <= MOST_MESSAGES; after += 1) {
        left = after;
        const endpoint = await site().plug(10 + after);
        const guest = enter(endpoint, 'isolated-2102', false);
        const names = site().guests.map(({ name }) => name);
        await Promise.race([
          until('the agent to die', () => !agent.running, { timeout: 20_000 }).catch(() => undefined),
          agent.settled(names).catch(() => undefined),
        ]);
        left = Infinity;
        const died = !agent.running;
        if (died) {
          killed += 1;
          agent.restart();
        }
        await agent.settled(names);
        guest.settle();
        await traffic.restored(performance.now(), 10_000);
        expect(traffic.violations, `killed after message ${after}`).to.deep.equal([]);
        traffic.leave(guest);
        await site().unplug(endpoint);
        await agent.settled(site().guests.map(({ name }) => name));
        if (!died) break;
      }
      // The last round outlived the birth: every message of it was the last one once.
      expect(killed).to.be.within(10, MOST_MESSAGES - 1);
    });
  });
}
