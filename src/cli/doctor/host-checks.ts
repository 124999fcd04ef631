import { isBefore, normalNeedsNoInPort, parseRelease, type Release } from '../../openflow/release.ts';
import type { HostFacts } from './facts.ts';
import type { Check, Finding } from './finding.ts';

/** The least that the agent runs on, and the first release that is still cared for upstream. */
const NODE: Release = [20, 19, 0];
const NODE_KEPT: Release = [22, 0, 0];

export const databaseCheck: Check<HostFacts> = {
  name: 'database',
  good: 'OVSDB answers, and libvirt tells what guests are',
  judge: ({ database }) =>
    'problem' in database ? [{ level: 'FAIL', message: database.problem, remedy: database.remedy }] : [],
};

export const openflowCheck: Check<HostFacts> = {
  name: 'openflow',
  good: 'every bridge answers over OpenFlow',
  judge: ({ openflow }) =>
    Array.from(openflow).flatMap(([bridge, found]): Finding[] =>
      'problem' in found
        ? [{ level: 'FAIL', message: `bridge ${bridge}: ${found.problem}`, remedy: found.remedy }]
        : [],
    ),
};

export const nodeCheck: Check<HostFacts> = {
  name: 'node',
  good: 'the release of Node is still cared for',
  judge({ node }) {
    const release = parseRelease(node);
    if (release === undefined) return [{ level: 'skip', message: `Node.js ${node} is no release that is known` }];
    if (isBefore(release, NODE)) {
      return [{ level: 'FAIL', message: `Node.js ${node} is too old`, remedy: 'install Node.js 20.19 or later' }];
    }
    if (!isBefore(release, NODE_KEPT)) return [];
    return [
      { level: 'note', message: `Node.js ${node} gets no security fixes any more`, remedy: 'install Node.js 22 or 24' },
    ];
  },
};

export const releaseCheck: Check<HostFacts> = {
  name: 'openvswitch',
  good: 'the release of Open vSwitch has no known fault that concerns isolation',
  judge: ({ openflow }) =>
    Array.from(openflow).flatMap(([bridge, found]): Finding[] => {
      if ('problem' in found) return [];
      const { software } = found.value;
      const release = parseRelease(software);
      if (release === undefined)
        return [{ level: 'skip', message: `bridge ${bridge} is of an unknown release (${software})` }];
      if (!normalNeedsNoInPort(release)) {
        return [
          {
            level: 'note',
            message: `bridge ${bridge}: Open vSwitch ${software} dies of frames without an input port, so other flows are used`,
            remedy: 'upgrade Open vSwitch to 2.17.1 or later',
          },
        ];
      }
      if (!isBefore(release, [3, 0, 0])) return [];
      return [
        {
          level: 'note',
          message: `bridge ${bridge}: Open vSwitch ${software} has no flow monitor, so changes by others are seen after two seconds`,
          remedy: 'upgrade Open vSwitch to 3.0 or later',
        },
      ];
    }),
};

export const agentCheck: Check<HostFacts> = {
  name: 'agent',
  good: 'the agent runs and is at work',
  judge({ agent }) {
    if ('problem' in agent) return [{ level: 'FAIL', message: agent.problem, remedy: agent.remedy }];
    if (agent.value.mode === 'active') return [];
    return [
      {
        level: 'note',
        message: `the agent (pid ${agent.value.pid}) stands by: another one of this host holds the lock, or OVSDB is away`,
        remedy: "stop one of the two agents; 'ovsdb-client dump Open_vSwitch' shows whether OVSDB answers",
      },
    ];
  },
};
