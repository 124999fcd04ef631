import { ALARM_KINDS, type AlarmCode } from '../../alarm/alarm-codes.ts';
import { isAdvice } from '../../alarm/alarm.ts';
import { believing } from '../../bridge/drops/unlisted.ts';
import { foreignFlows } from '../../bridge/flows/foreign-flows.ts';
import { layoutFrom } from '../../pipeline/layout.ts';
import { checkNetworks, likeCommunities } from '../network-check.ts';
import type { DatabaseFacts, HostFacts } from './facts.ts';
import type { Check, Finding } from './finding.ts';

/** A check that has nothing to say without OVSDB. */
function ofDatabase(
  name: string,
  good: string,
  judge: (database: DatabaseFacts, facts: HostFacts) => readonly Finding[],
): Check<HostFacts> {
  return {
    name,
    good,
    judge: (facts) =>
      'problem' in facts.database
        ? [{ level: 'skip', message: 'OVSDB is not there' }]
        : judge(facts.database.value, facts),
  };
}

/** Settings that alarms are about: the same sentences, found without an agent. */
export const settingsCheck = ofDatabase(
  'settings',
  'no setting of a bridge or port weakens isolation',
  ({ conditions }) =>
    conditions.map((one) => ({
      level: isAdvice(one) ? 'note' : 'FAIL',
      message: `${one.bridge === undefined ? '' : `bridge ${one.bridge}: `}${one.message} (${one.code})`,
      remedy: one.remedy,
    })),
);

export const portsCheck = ofDatabase('ports', 'no port is quarantined', ({ bridges }) =>
  bridges.flatMap(({ bridge, ports }) =>
    ports.flatMap(({ port, verdict }): Finding[] => {
      if (verdict.kind !== 'quarantined') return [];
      const { code, message, remedy } = verdict.quarantine;
      const kinds: Readonly<Record<string, (typeof ALARM_KINDS)[AlarmCode]>> = ALARM_KINDS;
      return [
        {
          level: 'FAIL',
          message: `bridge ${bridge}: port ${port.name} is closed: ${message} (${code})`,
          remedy: remedy ?? kinds[code]?.remedy ?? "see 'pvlan-agent why' for the port",
        },
      ];
    }),
  ),
);

export const routersCheck = ofDatabase('routers', 'every Private VLAN knows a router', ({ bridges }, { unlisted }) => {
  const without = new Set<number>();
  const withRouter = new Set<number>();
  for (const { ports, primaries } of bridges) {
    for (const { verdict } of ports) {
      if (verdict.kind === 'guest') without.add(verdict.role.primary);
      if (verdict.kind === 'promiscuous') for (const primary of verdict.primaries) withRouter.add(primary);
    }
    for (const { primary, wire, promiscuousMacs } of primaries) {
      if (promiscuousMacs.length > 0 || wire.kind === 'secondary') withRouter.add(primary);
    }
  }
  const strangers = (unlisted ?? []).map((sender): Finding => ({
    level: withRouter.has(sender.pvlan) ? 'note' : 'FAIL',
    message: `VLAN ${sender.pvlan}${withRouter.has(sender.pvlan) ? '' : ' knows no router'}: ${sender.mac} on ${sender.from.join(', ')} sent ${sender.packets} frames to guests that nobody heard`,
    remedy: `if it is a router, in the configuration of every hypervisor: ${believing(sender)}`,
  }));
  const named = new Set((unlisted ?? []).map(({ pvlan }) => pvlan));
  const unknown = [...without]
    .filter((primary) => !withRouter.has(primary) && !named.has(primary))
    .map((primary): Finding => ({
      level: 'FAIL',
      message: `VLAN ${primary} knows no router, so its guests hear nobody`,
      remedy: `list it in the configuration of every hypervisor: ${believing({ pvlan: primary, mac: '<its MAC address>' })}`,
    }));
  return [...strangers, ...unknown];
});

export const foreignCheck = ofDatabase(
  'foreign-flows',
  "no flow of others gets in the agent's way",
  (_, { openflow, config }) => {
    const layout = layoutFrom(config.tables.first, config.tables.lowestPriority);
    return Array.from(openflow).flatMap(([bridge, found]): Finding[] => {
      if ('problem' in found) return [{ level: 'skip', message: `bridge ${bridge} does not answer` }];
      const { foreign, ours } = found.value;
      return foreignFlows(bridge, foreign, ours, layout).map(({ message, remedy }) => ({
        level: 'FAIL',
        message: `bridge ${bridge}: ${message}`,
        remedy,
      }));
    });
  },
);

export const networksCheck: Check<HostFacts> = {
  name: 'portgroups',
  good: 'guests of every portgroup with a role are born parked',
  judge({ networks, config }) {
    if (networks === 'none') return [{ level: 'skip', message: 'the configuration says that there is no libvirt' }];
    if ('problem' in networks) return [{ level: 'skip', message: networks.problem, remedy: networks.remedy }];
    const { networks: all, problems } = networks.value;
    return [
      ...problems.map((message): Finding => ({
        level: 'skip',
        message,
        remedy: 'run this on the hypervisor, or mount the folders',
      })),
      ...checkNetworks(all, config).flatMap(({ network, portgroup, problems: wrong }) =>
        wrong.map((message): Finding => ({
          level: 'FAIL',
          message: `network ${network}, portgroup ${portgroup}: ${message}`,
          remedy: "correct it with 'virsh net-edit'; 'pvlan-agent network-xml' prints how it should be",
        })),
      ),
      ...likeCommunities(all, config).map((message): Finding => ({
        level: 'FAIL',
        message,
        remedy: ALARM_KINDS['like-communities'].remedy,
      })),
    ];
  },
};
