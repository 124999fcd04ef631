import { judge } from '../../src/pvlan/judge.ts';
import type { Mac } from '../../src/pvlan/mac.ts';
import { NO_FACTS } from '../../src/pvlan/guest-facts.ts';
import type { PromiscuousAddress } from '../../src/pvlan/promiscuous-addresses.ts';
import type { PrivateVlan } from '../../src/pvlan/policy.ts';
import type { SwitchPort } from '../../src/pvlan/switch-port.ts';
import type { Verdict } from '../../src/pvlan/verdict.ts';
import { vlanId, type VlanId } from '../../src/pvlan/vlan-id.ts';
import { PVLAN_2102 } from '../support/duo.ts';
import { guestPort, inPortgroup, NO_POLICY, plainPort } from '../support/ports.ts';

/** One bridge whose whole flow table is written down. */
export interface Situation {
  /** Name of the file, without its ending. */
  readonly name: string;
  /** What the reader is to see, one sentence. */
  readonly about: string;
  readonly verdicts: readonly Verdict[];
  readonly pvlan: PrivateVlan;
  readonly localMacs: readonly Mac[];
}

const UPLINK = plainPort(1);

/** The same Private VLAN with a secondary VLAN for isolated guests and one for the community `web`. */
const SECONDARY: PrivateVlan = {
  ...PVLAN_2102,
  wire: { kind: 'secondary', isolated: vlan(2103), communities: new Map([['web', vlan(2104)]]) },
};

/** Every situation of the golden tables: together they show each kind of flow that the pipeline can make. */
export const SITUATIONS: readonly Situation[] = [
  situation('isolated-pair', 'Two isolated guests and an uplink; the router is listed and elsewhere.', [
    UPLINK,
    isolated(2),
    isolated(3),
  ]),
  situation('community', 'Two members of a community beside an isolated guest.', [
    UPLINK,
    guestPort(2, inPortgroup('community-2102-web')),
    guestPort(3, inPortgroup('community-2102-web')),
    isolated(4),
  ]),
  situation('router-on-access-port', 'A router guest on an access port of the primary VLAN.', [
    UPLINK,
    guestPort(2, inPortgroup('promisc-2102')),
    isolated(3),
  ]),
  situation('router-on-trunk', 'A router guest on a trunk that names the primary VLAN.', [
    UPLINK,
    guestPort(2, inPortgroup('promisc-2102'), { vlan: { ...plainPort(2).vlan, vlanMode: 'trunk', trunks: [2102] } }),
    isolated(3),
  ]),
  situation(
    'secondary-mode',
    'Secondary wire mode: a router, an isolated guest and a member of a community.',
    [UPLINK, guestPort(2, inPortgroup('promisc-2102')), isolated(3), guestPort(4, inPortgroup('community-2102-web'))],
    SECONDARY,
  ),
  situation('moving-guest', 'A guest that is on its way to or from another host.', [
    UPLINK,
    guestPort(2, inPortgroup('promisc-2102')),
    guestPort(3, inPortgroup('isolated-2102'), { moving: true }),
  ]),
  situation('quarantined', 'A port that nobody knows, beside an isolated guest.', [
    UPLINK,
    isolated(2),
    guestPort(3, { kind: 'unknown', why: 'no source knows it' }),
  ]),
  situation('outside', 'An uplink with a native VLAN, and guests outside on a trunk and on an access port.', [
    plainPort(1, { vlanMode: 'native-untagged', tag: 2102 }),
    isolated(2),
    guestPort(3, { kind: 'none', source: 'domain' }),
    guestPort(4, { kind: 'none', source: 'domain' }, { vlan: { ...plainPort(4).vlan, tag: 30 } }),
  ]),
  situation(
    'dot1q-tunnel',
    'Ports in dot1q-tunnel mode: of a guest outside, of another switch, and one in a VLAN of its own.',
    [
      UPLINK,
      isolated(2),
      guestPort(
        3,
        { kind: 'none', source: 'domain' },
        { vlan: { ...plainPort(3).vlan, vlanMode: 'dot1q-tunnel', tag: 2102 } },
      ),
      plainPort(4, { vlanMode: 'dot1q-tunnel', tag: 2102 }),
      guestPort(
        5,
        { kind: 'none', source: 'domain' },
        { vlan: { ...plainPort(5).vlan, vlanMode: 'dot1q-tunnel', tag: 30 } },
      ),
    ],
  ),
  situation('pinned-addresses', 'A guest whose IP addresses are known.', [
    UPLINK,
    guestPort(2, inPortgroup('isolated-2102'), {
      facts: {
        ...NO_FACTS,
        addresses: [
          { family: 4, address: '10.0.0.2', length: 32 },
          { family: 6, address: '2001:db8::2', length: 128 },
        ],
      },
    }),
  ]),
  situation('guarded-services', 'Guests may be no DHCP servers and advertise no routes.', [UPLINK, isolated(2)], {
    ...PVLAN_2102,
    guards: { ...PVLAN_2102.guards, dhcpServer: true, routerAdvertisement: true },
  }),
];

function isolated(number: number): SwitchPort {
  return guestPort(number, inPortgroup('isolated-2102'));
}

function situation(
  name: string,
  about: string,
  ports: readonly SwitchPort[],
  pvlan: PrivateVlan = PVLAN_2102,
): Situation {
  const judgement = judge(new Map([['br0', ports]]), { ...NO_POLICY, pvlans: [pvlan] });
  const known = judgement.promiscuous.get(pvlan.primary) ?? new Map<Mac, PromiscuousAddress>();
  return {
    name,
    about,
    verdicts: judgement.bridges.get('br0') ?? [],
    pvlan: { ...pvlan, promiscuousMacs: [...known.keys()].sort() },
    localMacs: [...known].flatMap(([mac, { home }]) => (home === 'br0' ? [mac] : [])).sort(),
  };
}

function vlan(vid: number): VlanId {
  const id = vlanId(vid);
  if (id === undefined) throw new Error(`${vid} is no VLAN`);
  return id;
}
