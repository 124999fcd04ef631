import { expect } from 'chai';
import type { Config } from '../../../src/config/config.ts';
import { macAddress } from '../../../src/pvlan/mac.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { verifyHost } from './verify-host.ts';

describe('verify, whatever the Private VLAN is set to', function () {
  this.timeout(120_000);
  let lab: Lab;

  before(async () => {
    lab = await Lab.create();
  });

  after(async () => {
    await lab.close();
  });

  it('agrees with secondary wire mode, known addresses and a router on a trunk of two primaries', async () => {
    const host = await lab.host('a');
    await lab.upstream([host]);
    const secondary = {
      ...PVLAN_2102,
      wire: { kind: 'secondary', isolated: vlanId(2103)!, communities: new Map([['web', vlanId(2104)!]]) },
    } as const;
    const facts = { addresses: [{ family: 4, address: '10.0.0.1', length: 32 }], extraMacs: [] } as const;
    const settings: Partial<Config> = {
      pvlans: [secondary, { ...PVLAN_2102, primary: vlanId(7)!, promiscuousMacs: [] }],
      guests: new Map([
        [macAddress('02:00:00:00:00:01')!, { ...facts, extraMacs: [macAddress('02:00:00:00:0e:01')!] }],
      ]),
    };
    const plug = (name: string, number: number, portProfile: string, trunks?: number[]) =>
      host.plug({ name, mac: `02:00:00:00:00:0${number}`, portProfile, ...(trunks === undefined ? {} : { trunks }) });
    await plug('g1', 1, 'isolated-2102');
    await plug('g2', 2, 'isolated-2102');
    await plug('c1', 3, 'community-2102-web');
    await plug('c2', 4, 'community-2102-web');
    await plug('r1', 5, 'promisc-2102');
    await plug('r2', 6, 'promisc-2102', [7, 2102]);
    await plug('h1', 8, 'isolated-7');
    await plug('h2', 9, 'isolated-7');
    const agent = await AgentOn.start(host, { config: settings });
    await agent.reached('installed', 'g1', 'g2', 'c1', 'c2', 'r1', 'r2', 'h1', 'h2');
    await agent.stop();

    const { groups } = await verifyHost(host, settings);
    expect(
      groups.map(
        ({ primary, stations }) =>
          `${primary ?? ''}: ${stations
            .map(({ name }) => name)
            .sort()
            .join()}`,
      ),
    ).to.have.members(['2102: c1,c2,g1,g2,r1,r2', '7: h1,h2,r2']);
    const lines = groups.flatMap(({ differences }) =>
      differences.map(
        ({ kind, frame, from, to, message }) => `${kind} ${from} → ${to ?? ''} ${frame ?? ''}: ${message}`,
      ),
    );
    expect(lines.join('\n')).to.equal('');
  });
});
