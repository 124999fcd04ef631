import { Port } from '../../src/openflow/action.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { compiled } from './compiled.ts';
import { layoutFrom } from '../../src/pipeline/layout.ts';
import type { Believed, Party } from '../../src/prove/party.ts';
import type { ProvedBridge, ProvedPort, ProvedSwitch } from '../../src/prove/switch.ts';
import { judge } from '../../src/pvlan/judge.ts';
import { portSetting } from '../../src/pvlan/port-setting.ts';
import type { Guards, PrivateVlan } from '../../src/pvlan/policy.ts';
import type { SwitchPort } from '../../src/pvlan/switch-port.ts';
import type { Verdict } from '../../src/pvlan/verdict.ts';
import type { Situation } from '../golden/situations.ts';
import { NO_POLICY } from './ports.ts';

/** A bridge as the agent would have made it, with whom it is to keep apart. */
export interface ProvedSituation {
  readonly model: ProvedSwitch;
  readonly parties: readonly Party[];
  readonly believed: readonly Believed[];
}

/** What every bridge has from its birth. */
const DEFAULT_FLOW: Flow = {
  table: 0,
  priority: 0,
  cookie: 0n,
  match: {},
  actions: [{ type: 'output', port: Port.NORMAL }],
};

/** What `pvlan` makes of `ports` on a bridge `br0`: flows, settings and parties. */
export function situationOf(
  ports: readonly SwitchPort[],
  pvlan: PrivateVlan,
  bridge: Partial<ProvedBridge> = {},
): ProvedSituation {
  const { bridges, promiscuous } = judge(new Map([['br0', ports]]), { ...NO_POLICY, pvlans: [pvlan] });
  const known = [...(promiscuous.get(pvlan.primary) ?? [])];
  return provedSituation(
    {
      verdicts: bridges.get('br0') ?? [],
      pvlan: { ...pvlan, promiscuousMacs: known.map(([mac]) => mac).sort() },
      localMacs: known.flatMap(([mac, { home }]) => (home === 'br0' ? [mac] : [])).sort(),
    },
    bridge,
  );
}

/** The same of a bridge whose ports are judged already. */
export function provedSituation(
  { verdicts, pvlan, localMacs }: Pick<Situation, 'verdicts' | 'pvlan' | 'localMacs'>,
  bridge: Partial<ProvedBridge> = {},
): ProvedSituation {
  const plan = {
    verdicts,
    primaries: [{ ...pvlan, localMacs }],
    settled: new Set(verdicts),
    normalSource: 'none',
  } as const;
  const { promiscuousMacs, primary, wire } = pvlan;
  return {
    model: {
      vlanLimit: 1,
      bridges: [
        {
          name: 'br0',
          ports: verdicts.map(provedPort),
          flows: [DEFAULT_FLOW, ...compiled(plan, layoutFrom(60, 145))],
          mirrors: [],
          multicastSnooping: false,
          forwardBpdu: false,
          ...bridge,
        },
      ],
    },
    parties: verdicts.map((verdict) => partyOf(verdict, pvlan.guards)),
    believed: [
      { bridge: 'br0', primary, wire, promiscuousMacs: promiscuousMacs.filter((mac) => !localMacs.includes(mac)) },
    ],
  };
}

export function provedPort(verdict: Verdict): ProvedPort {
  const { port } = verdict;
  return {
    name: port.name,
    ofports: port.ofports,
    vlan: portSetting(verdict) ?? port.vlan,
    cvlans: [],
    multicastFlood: false,
    peer: undefined,
  };
}

function partyOf(verdict: Verdict, guards: Guards): Party {
  const plain = { bridge: 'br0', port: verdict.port.name, role: undefined, primaries: [], macs: [] };
  switch (verdict.kind) {
    case 'guest':
      return {
        ...plain,
        kind: 'guest',
        role: verdict.role,
        macs: [verdict.mac, ...verdict.extraMacs],
        groupMacs: verdict.groupMacs ?? [],
        ...(verdict.addresses === undefined ? {} : { addresses: verdict.addresses }),
        guards,
      };
    case 'promiscuous':
      return { ...plain, kind: 'promiscuous', role: verdict.role, primaries: verdict.primaries };
    case 'quarantined':
      return { ...plain, kind: 'quarantined' };
    case 'stranger':
      return { ...plain, kind: 'outside' };
    case 'wire':
      return { ...plain, kind: 'wire' };
  }
}
