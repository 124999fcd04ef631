/** What one metric is. */
export interface MetricKind {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  /** Every label it can have. */
  readonly labels: readonly string[];
  /** It is there only where `metrics.endpoints` is set. */
  readonly perEndpoint?: true;
}

/**
 * Every metric there is. Names are for alert rules and dashboards: each keeps its meaning, and none is used again for another.
 * `scripts/generate-metrics-docs.mjs` writes the table into docs/metrics.md.
 */
export const METRICS = {
  pvlan_build_info: { type: 'gauge', help: 'Always 1; its label says which version runs.', labels: ['version'] },
  pvlan_active: { type: 'gauge', help: 'Whether this agent holds the lock of the host and works.', labels: [] },
  pvlan_database_connected: { type: 'gauge', help: 'Whether the connection to OVSDB is up and synced.', labels: [] },
  pvlan_openflow_connected: {
    type: 'gauge',
    help: 'Whether the OpenFlow connection to a bridge is up.',
    labels: ['bridge'],
  },
  pvlan_flows: { type: 'gauge', help: "Flows of the agent's own on a bridge.", labels: ['bridge'] },
  pvlan_endpoints: {
    type: 'gauge',
    help: 'Ports with a role in a Private VLAN, by the state they are in.',
    labels: ['pvlan', 'role', 'state'],
  },
  pvlan_outside_endpoints: { type: 'gauge', help: 'Guests outside every Private VLAN that are open.', labels: [] },
  pvlan_quarantined_endpoints: {
    type: 'gauge',
    help: 'Ports that are closed because something about them is unknown or contradictory.',
    labels: ['reason'],
  },
  pvlan_alarms: { type: 'gauge', help: 'Alarms that stand, by code; 0 for each that does not.', labels: ['code'] },
  pvlan_dropped_packets_total: {
    type: 'counter',
    help: 'Frames that the flows dropped, or that guests did not hear, by cause.',
    labels: ['pvlan', 'cause'],
  },
  pvlan_protection_seconds: {
    type: 'histogram',
    help: 'Time from when a new port was seen until its flows were acknowledged.',
    labels: [],
  },
  pvlan_flow_commit_seconds: {
    type: 'histogram',
    help: 'Time a bundle of flow changes took, its barrier included.',
    labels: [],
  },
  pvlan_row_commit_seconds: { type: 'histogram', help: 'Time a transaction of OVSDB took.', labels: [] },
  pvlan_drift_repairs_total: {
    type: 'counter',
    help: 'Flows, settings and marks that somebody changed and the agent put back.',
    labels: ['bridge'],
  },
  pvlan_reconnects_total: {
    type: 'counter',
    help: 'OpenFlow connections that were made after the first, by bridge.',
    labels: ['bridge'],
  },
  pvlan_proof_ok: {
    type: 'gauge',
    help: 'Whether the last proof found that nothing on a bridge gets where the roles forbid; absent where none was made.',
    labels: ['bridge'],
  },
  pvlan_proof_age_seconds: {
    type: 'gauge',
    help: 'Time since the last proof of a bridge; absent where none was made.',
    labels: ['bridge'],
  },
  pvlan_endpoint_info: {
    type: 'gauge',
    help: 'Always 1; its labels say which guest is at a port.',
    labels: ['bridge', 'port', 'guest', 'mac', 'role', 'pvlan', 'state'],
    perEndpoint: true,
  },
  pvlan_endpoint_dropped_packets_total: {
    type: 'counter',
    help: 'Frames dropped at a port, by cause.',
    labels: ['bridge', 'port', 'pvlan', 'cause'],
    perEndpoint: true,
  },
  pvlan_endpoint_series_left_out: {
    type: 'gauge',
    help: 'Series of single ports that are left out because there are more than 2,000 of a metric.',
    labels: ['metric'],
    perEndpoint: true,
  },
} as const satisfies Readonly<Record<string, MetricKind>>;

export type MetricName = keyof typeof METRICS;
