import { isConfined } from '../pvlan/role.ts';
import type { JudgedPort } from '../desire/desired-bridge.ts';
import type { PrimaryPlan } from '../pipeline/bridge-plan.ts';
import { PARKING_VLAN } from '../pvlan/vlan-id.ts';
import { carriesTagged, carriesUntagged, tunnelVlan } from '../pvlan/vlan-setting.ts';
import { BROADCAST, speaker } from './frame.ts';
import { ANYONE, type Question, type Rule } from './question.ts';
import type { Group, Station } from './station.ts';

/** Addresses of each kind that are asked about at one port. */
const ASKED = 2;

/** A tag that a customer may put on at a `dot1q-tunnel` port: any will do. */
const CUSTOMER_TAG = 5;

/** A port outside a Private VLAN by which its frames may come in: of another switch, or of a guest outside. */
export interface Outsider {
  readonly kind: 'wire' | 'stranger';
  readonly judged: JudgedPort;
  readonly ofport: number;
  /** Tags with which its frames are in the primary VLAN; undefined stands for none. */
  readonly vids: readonly (number | undefined)[];
  /** Sources that are believed to be routers' there. */
  readonly believed: readonly string[];
  /** Sources that nobody there may use. */
  readonly refused: readonly string[];
}

/** Those of `ports` by which frames of the Private VLAN `plan` may come in from outside. */
export function outsidersOf(ports: readonly JudgedPort[], plan: PrimaryPlan): readonly Outsider[] {
  const guests = ports.flatMap(({ verdict }) =>
    verdict.kind === 'guest' && verdict.role.primary === plan.primary && !verdict.port.moving ? [verdict.mac] : [],
  );
  const isSingle = plan.wire.kind === 'single';
  const elsewhere = isSingle ? plan.promiscuousMacs.filter((mac) => !plan.localMacs.includes(mac)) : [ANYONE];
  return ports.flatMap((judged): readonly Outsider[] => {
    const { port, verdict } = judged;
    const [ofport] = port.ofports;
    if ((verdict.kind !== 'wire' && verdict.kind !== 'stranger') || ofport === undefined) return [];
    const vids = waysInto(judged, plan.primary);
    if (vids.length === 0) return [];
    const outsider = { judged, ofport, vids };
    if (verdict.kind === 'wire') {
      return [
        { ...outsider, kind: 'wire', believed: elsewhere, refused: isSingle ? [...guests, ...plan.localMacs] : guests },
      ];
    }
    const nobodys = verdict.pinned === undefined && isSingle ? [] : [ANYONE];
    return [{ ...outsider, kind: 'stranger', believed: [], refused: [...nobodys, ...plan.promiscuousMacs, ...guests] }];
  });
}

function waysInto({ port: { vlan } }: JudgedPort, primary: number): readonly (number | undefined)[] {
  const untagged = carriesUntagged(vlan, primary) ? [undefined] : [];
  if (tunnelVlan(vlan) === primary) return [...untagged, CUSTOMER_TAG];
  return [...untagged, ...(carriesTagged(vlan, primary) ? [primary] : [])];
}

/** Everything that is asked about frames that come in from outside to a Private VLAN of a bridge. */
export function questionsFromOutside({ bridge, ports, plan, stations }: Group): readonly Question[] {
  if (plan === undefined) return [];
  return outsidersOf(ports, plan).flatMap((outsider) => questionsAbout(outsider, bridge, plan, stations));
}

/** Everything that is asked about the frames of `outsider`, in view of the `stations` of the Private VLAN `primary`. */
function questionsAbout(
  outsider: Outsider,
  bridge: string,
  { primary }: PrimaryPlan,
  stations: readonly Station[],
): readonly Question[] {
  const { judged, ofport, kind, vids } = outsider;
  const { port } = judged;
  const guests = stations.filter(
    ({ role, ofport: number }) => role !== undefined && isConfined(role) && number !== undefined,
  );
  const from: Station = {
    ...{ bridge, name: port.name, ofport, mac: undefined, extraMacs: [], role: undefined, addresses: undefined },
    ...{
      alsoIn: [],
      untagged: vids.includes(undefined),
      tagged: vids.includes(primary),
      unsettled: undefined,
      getsUntagged: vids.includes(undefined),
    },
  };
  const ask = (name: string, rule: Rule, src: string, vid: number | undefined): Question => ({
    ...{ name, ofport, speaker: speaker(src, undefined), rule },
    // Who is believed to be a router may talk as one.
    from: rule === 'nothing' ? from : { ...from, role: { kind: 'promiscuous', primary } },
    frame: { inPort: ofport, src, vid, payload: 'udp' },
    targets:
      rule === 'nothing'
        ? [
            { dst: BROADCAST, to: [] },
            ...guests.slice(0, 1).flatMap(({ mac }) => (mac === undefined ? [] : [{ dst: mac, to: [] }])),
          ]
        : [
            { dst: BROADCAST, to: guests },
            ...guests.flatMap((guest) => (guest.mac === undefined ? [] : [{ dst: guest.mac, to: [guest] }])),
          ],
  });
  // Which member of a bond is heard, and by which key a tunnel's packets are told apart, is not known here.
  const isPlain = port.kind === 'plain' && port.ofports.length === 1;
  const asRouter = vids
    .filter((vid) => vid !== CUSTOMER_TAG || vid === primary)
    .flatMap((vid) =>
      outsider.believed
        .slice(0, ASKED)
        .map((src) => ask('from a router elsewhere', isPlain ? 'roles' : 'at most', src, vid)),
    );
  const forged = vids.flatMap((vid) =>
    outsider.refused
      .slice(0, kind === 'wire' ? ASKED : ASKED + 1)
      .map((src) =>
        ask(
          kind === 'wire' ? "with a guest's or local router's source" : 'with a source not its own',
          'nothing',
          src,
          vid,
        ),
      ),
  );
  return [...asRouter, ...forged, ask(`tagged ${PARKING_VLAN}`, 'nothing', ANYONE, PARKING_VLAN)];
}
