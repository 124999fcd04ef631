import { ALARM_KINDS, type AlarmKind } from '../alarm/alarm-codes.ts';
import type { PortStatus } from '../bridge/report/status.ts';
import type { Timings } from '../bridge/timings.ts';
import type { DropReport } from '../control/drops.ts';
import type { AgentStatus } from '../control/status.ts';
import type { MetricName } from './catalogue.ts';
import type { Labels, Sample } from './exposition.ts';

/** Series of single ports that a metric has at most. */
export const ENDPOINT_SERIES = 2000;

/** What the metrics are made of. */
export interface MetricFacts {
  readonly status: AgentStatus;
  readonly drops: DropReport;
  readonly timings: Timings;
  /** Whether there are series for each port. */
  readonly endpoints: boolean;
  /** The last proof of each bridge that was proved. */
  readonly proofs?: readonly { readonly bridge: string; readonly isProved: boolean; readonly ageSeconds: number }[];
}

/** Every value there is now. The number of series does not grow with the number of ports, but where `endpoints` asks for it. */
export function samplesOf({ status, drops, timings, endpoints, proofs = [] }: MetricFacts): readonly Sample[] {
  const ports = status.bridges.flatMap((bridge) => bridge.ports);
  return [
    gauge('pvlan_build_info', { version: status.version }, 1),
    gauge('pvlan_active', {}, Number(status.mode === 'active')),
    gauge('pvlan_database_connected', {}, Number(status.database.connected)),
    ...status.bridges.flatMap(({ name: bridge, openflow, flows, repairs, reconnects }) => [
      gauge('pvlan_openflow_connected', { bridge }, Number(openflow === 'up')),
      gauge('pvlan_flows', { bridge }, flows ?? 0),
      gauge('pvlan_drift_repairs_total', { bridge }, repairs ?? 0),
      gauge('pvlan_reconnects_total', { bridge }, reconnects ?? 0),
    ]),
    ...counted('pvlan_endpoints', ports.flatMap(endpointOf)),
    gauge('pvlan_outside_endpoints', {}, ports.filter(({ outside }) => outside).length),
    ...counted(
      'pvlan_quarantined_endpoints',
      ports.flatMap(({ quarantine }) => (quarantine === undefined ? [] : [{ reason: quarantine.code }])),
    ),
    ...alarms(status),
    ...summed(
      'pvlan_dropped_packets_total',
      drops.totals.map(({ pvlan, cause, packets }) => [{ pvlan: vlan(pvlan), cause }, packets]),
    ),
    { name: 'pvlan_protection_seconds', labels: {}, value: timings.protection },
    { name: 'pvlan_flow_commit_seconds', labels: {}, value: timings.flowCommit },
    { name: 'pvlan_row_commit_seconds', labels: {}, value: timings.rowCommit },
    ...proofs.flatMap(({ bridge, isProved, ageSeconds }) => [
      gauge('pvlan_proof_ok', { bridge }, Number(isProved)),
      gauge('pvlan_proof_age_seconds', { bridge }, ageSeconds),
    ]),
    ...(endpoints ? ofEndpoints(status, drops) : []),
  ];
}

function ofEndpoints(status: AgentStatus, drops: DropReport): readonly Sample[] {
  const infos = status.bridges.flatMap(({ name: bridge, ports }) =>
    ports.flatMap((port) =>
      endpointOf(port).map(({ pvlan, role }) => ({
        bridge,
        port: port.name,
        guest: port.guest ?? '',
        mac: port.mac ?? '',
        role,
        pvlan,
        state: port.state,
      })),
    ),
  );
  const dropped = drops.ports.map(({ bridge, port, pvlan, cause, packets }): [Labels, number] => [
    { bridge, port, pvlan: vlan(pvlan), cause },
    packets,
  ]);
  return [
    ...infos.slice(0, ENDPOINT_SERIES).map((labels) => gauge('pvlan_endpoint_info', labels, 1)),
    ...dropped
      .slice(0, ENDPOINT_SERIES)
      .map(([labels, value]) => gauge('pvlan_endpoint_dropped_packets_total', labels, value)),
    ...(
      [
        ['pvlan_endpoint_info', infos.length],
        ['pvlan_endpoint_dropped_packets_total', dropped.length],
      ] as const
    ).map(([metric, count]) =>
      gauge('pvlan_endpoint_series_left_out', { metric }, Math.max(0, count - ENDPOINT_SERIES)),
    ),
  ];
}

/** Zero for whatever does not stand, so that an alert ends by a value and not by its absence. */
function alarms({ alarms: standing }: AgentStatus): readonly Sample[] {
  const kinds: Readonly<Record<string, AlarmKind>> = ALARM_KINDS;
  return Object.keys(kinds)
    .filter((code) => kinds[code]?.advice !== true)
    .map((code) => gauge('pvlan_alarms', { code }, standing.filter((alarm) => alarm.code === code).length));
}

/** A port's role in labels; none for a port without one. */
function endpointOf({ role, state }: PortStatus): readonly { pvlan: string; role: string; state: string }[] {
  const [, kind, pvlan] = /^(\w+)-(\d+)/.exec(role ?? '') ?? [];
  return kind === undefined || pvlan === undefined ? [] : [{ pvlan, role: kind, state }];
}

function counted(name: MetricName, all: readonly Labels[]): readonly Sample[] {
  return summed(
    name,
    all.map((labels) => [labels, 1]),
  );
}

function summed(name: MetricName, all: readonly (readonly [Labels, number])[]): readonly Sample[] {
  const sums = new Map<string, { readonly labels: Labels; readonly value: number }>();
  for (const [labels, value] of all) {
    const key = JSON.stringify(labels);
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + value });
  }
  return Array.from(sums.values(), ({ labels, value }) => ({ name, labels, value }));
}

function gauge(name: MetricName, labels: Labels, value: number): Sample {
  return { name, labels, value };
}

function vlan(pvlan: number | undefined): string {
  return pvlan === undefined ? 'none' : String(pvlan);
}
