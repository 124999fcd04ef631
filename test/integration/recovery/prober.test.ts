import { expect } from 'chai';
import { Guest, type RoleName } from '../../chaos/guest.ts';
import { Traffic } from '../../chaos/traffic.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';

describe('the traffic that judges chaos', function () {
  this.timeout(30_000);
  let lab: Lab;
  let host: Host;
  let traffic: Traffic;

  beforeEach(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge();
    traffic = new Traffic(1);
  });

  afterEach(async () => {
    traffic.stop();
    await lab.close();
  });

  const join = async (number: number, bornParked: boolean, role: RoleName = 'isolated-2102'): Promise<Guest> => {
    const endpoint = await host.plug({ name: `g${number}`, mac: `02:00:00:00:00:0${number}` });
    const guest = new Guest(endpoint, host, role, bornParked);
    traffic.join(guest);
    return guest;
  };

  it('sees forbidden frames of every kind pass a bridge where no agent works', async () => {
    await join(1, true);
    await join(2, true);
    traffic.start();
    const kinds = [
      'unicast from',
      'broadcast from',
      'priority-tagged',
      'primary VLAN',
      'parking VLAN',
      'from the router',
    ];
    await until('violations of every kind', () => {
      const seen = traffic.violations.map(({ text }) => text).join('\n');
      return kinds.every((kind) => seen.includes(kind));
    });
  });

  it('sees what a stranger on a trunk must not say, and nothing in what it may', async () => {
    await join(1, true);
    const endpoint = await host.plug({ name: 's1', mac: '02:00:00:00:00:51' });
    traffic.join(new Guest(endpoint, host, 'stranger', true));
    traffic.start();
    const kinds = ['unicast in the primary VLAN from s1', 'from the router', 'parking VLAN', 'behind a priority tag'];
    await until('violations of every kind', () => {
      const seen = traffic.violations.map(({ text }) => text).join('\n');
      return kinds.every((kind) => seen.includes(kind));
    });
    // Untagged frames and those of the guest's own may come out at a trunk, which hears what is flooded.
    expect(
      traffic.violations.filter(({ text }) => / (unicast|broadcast) from g1 .*arrived at s1/.test(text)),
    ).to.deep.equal([]);
  });

  it('counts them apart while a port that was not born parked is not protected yet, and no longer', async () => {
    const guests = [await join(1, false), await join(2, false)];
    traffic.start();
    await until('frames', () => traffic.counts.unprotected > 10);
    expect(traffic.violations).to.deep.equal([]);
    for (const guest of guests) guest.settle();
    await until('violations', () => traffic.violations.length > 0);
  });

  it('sees a unicast come out at anybody but its addressee, where no switch has to flood it', async () => {
    await host.ofctl('add-flow', 'br0', 'priority=1,actions=flood');
    for (const role of ['promisc-2102', 'isolated-2102', 'isolated-2102', 'stranger'] as const) {
      const guest = await join(host.endpoints.size + 1, true, role);
      guest.settle();
    }
    traffic.start();
    const seen = (what: string): boolean =>
      traffic.violations.some(({ text }) => text.startsWith('unicast from g1 (promisc') && text.includes(what));
    await until('one at another guest', () => seen('for somebody else arrived at g'));
    await until('one at a stranger', () => seen('for a guest of that host arrived at g4 (stranger'));
  });

  it('counts what is flooded to a port apart while somebody else has opened it, and nothing that is forged', async () => {
    const guests = [await join(1, true), await join(2, true)];
    for (const guest of guests) guest.unpark();
    traffic.start();
    await until('frames', () => traffic.counts.unparked > 10);
    await until('violations', () => traffic.violations.length > 10);
    const honest = /^(priority-tagged )?(unicast|broadcast|ARP|multicast) from g/;
    expect(traffic.violations.filter(({ text }) => honest.test(text))).to.deep.equal([]);
    for (const guest of guests) guest.repark();
    await until('honest ones, too', () => traffic.violations.some(({ text }) => honest.test(text)));
  });
});
