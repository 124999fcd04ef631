import { expect } from 'chai';
import type { VlanId } from '../../../src/pvlan/vlan-id.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import type { WireMode } from '../../../src/pvlan/wire-mode.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { BROADCAST, experimental, tag } from '../../lab/frames.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';

const PRIMARY = 2102;

/** What VLANs a port carries besides is its own affair; in secondary mode the secondary ones would come by NORMAL, too. */
const CARRIED = { trunks: String(PRIMARY) };

/** Ports of a router by their VLAN setting, and the tags with which they get and send the primary VLAN's frames. */
const FORMS = [
  { name: 'access', columns: {}, tagged: false },
  { name: 'native-untagged', columns: { vlan_mode: 'native-untagged', ...CARRIED }, tagged: false },
  { name: 'native-tagged', columns: { vlan_mode: 'native-tagged', ...CARRIED }, tagged: true },
  { name: 'dot1q-tunnel', columns: { vlan_mode: 'dot1q-tunnel' }, tagged: false },
  { name: 'trunk', columns: { vlan_mode: 'trunk', ...CARRIED }, tagged: true },
] as const;

const web = new Map<string, VlanId>([['web', vlanId(2104)!]]);
const SECONDARY: WireMode = { kind: 'secondary', isolated: vlanId(2103), communities: web };

for (const wire of [PVLAN_2102.wire, SECONDARY]) {
  describe(`a router's port, ${wire.kind} mode`, function () {
    this.timeout(60_000);
    let lab: Lab;
    let agents: readonly AgentOn[] = [];
    let guests: readonly Endpoint[] = [];
    const routers = new Map<string, Endpoint>();

    before(async () => {
      lab = await Lab.create();
      const hosts = [await lab.host('a'), await lab.host('b')] as const;
      await lab.upstream(hosts);
      const config = { pvlans: [{ ...PVLAN_2102, wire }] };
      agents = await Promise.all(hosts.map((host) => AgentOn.start(host, { config })));
      const guest = (host: Host, number: number, portProfile: string): Promise<Endpoint> =>
        host.plug({ name: `guest${number}`, mac: `02:00:00:00:00:1${number}`, portProfile });
      guests = [
        await guest(hosts[0], 1, 'isolated-2102'),
        await guest(hosts[0], 2, 'community-2102-web'),
        await guest(hosts[1], 3, 'isolated-2102'),
        await guest(hosts[1], 4, 'community-2102-web'),
      ];
      for (const [index, { name, columns }] of FORMS.entries()) {
        const options = { name: `r-${index}`, mac: `02:00:00:00:00:0${index}`, portProfile: 'promisc-2102' };
        routers.set(name, await hosts[0].plug({ ...options, tag: PRIMARY, portColumns: columns }));
      }
      await agents[0]!.reached('installed', 'guest1', 'guest2', ...Array.from(routers.values(), ({ name }) => name));
      await agents[1]!.reached('installed', 'guest3', 'guest4');
    });

    after(async () => {
      for (const agent of agents) await agent.stop();
      await lab.close();
    });

    for (const { name, tagged } of FORMS) {
      it(`that is ${name} gets guests' frames ${tagged ? 'tagged' : 'untagged'}, from here and from elsewhere`, async () => {
        const router = routers.get(name)!;
        const probes = guests.flatMap((from) => [
          { from, frame: experimental(router.mac, from.mac) },
          { from, frame: experimental(BROADCAST, from.mac) },
        ]);
        const seen = (await new Prober(lab.hosts).send(probes)).filter(({ receiver }) => receiver === router);
        expect(seen.map(({ times }) => times)).to.deep.equal(probes.map(() => 1));
        const vids = seen.map(({ tags }) => tags.map(({ vid }) => vid));
        expect(vids).to.deep.equal(probes.map(() => (tagged ? [PRIMARY] : [])));
      });
    }

    it('leads to the guests here, whatever its kind', async () => {
      const probes = FORMS.map(({ name, tagged }) => {
        const from = routers.get(name)!;
        const frame = experimental(BROADCAST, from.mac);
        return { from, frame: tagged ? tag(frame, PRIMARY) : frame };
      });
      const seen = await new Prober(lab.hosts).send(probes);
      for (const guest of guests.slice(0, 2)) {
        const ofGuest = seen.filter(({ receiver }) => receiver === guest);
        expect(ofGuest.map(({ times, tags }) => `${times} ${tags.length}`)).to.deep.equal(probes.map(() => '1 0'));
      }
    });
  });
}
