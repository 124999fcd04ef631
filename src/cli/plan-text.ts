import type { BridgePlan } from '../agent/plan.ts';
import { naturalOrder } from '../base/natural-order.ts';
import type { PortStatus } from '../bridge/report/status.ts';
import { formatFlow } from '../openflow/format-flow.ts';
import { isParked, vlanMode, type VlanSetting } from '../pvlan/vlan-setting.ts';
import { printableLine } from './printable.ts';
import { outsideText, plural, totalsOf, totalsText } from './status/totals.ts';
import { formatTable } from './table.ts';

/** What `run` would change, for people; `flows`: each flow, too. */
export function formatPlans(plans: readonly BridgePlan[], flows: boolean): string {
  return plans.length === 0 ? 'no bridge on this host' : plans.map((plan) => formatPlan(plan, flows)).join('\n\n');
}

function formatPlan(plan: BridgePlan, flows: boolean): string {
  const lines = [`bridge ${plan.bridge}`];
  if (plan.error !== undefined) lines.push(`  ! ${plan.error}`);
  for (const warning of plan.warnings) lines.push(`  ! ${warning}`);
  if (plan.missing) return lines.map(printableLine).join('\n');
  lines.push(`  ${totalsText(totalsOf(plan.ports))}`, `  ${changesText(plan)}`);
  const outside = plan.ports.filter((port) => port.outside);
  if (outside.length > 0)
    lines.push(
      `  ${outsideText(outside.length)}: ${outside
        .map(({ name }) => name)
        .sort(naturalOrder)
        .join(', ')}`,
    );
  const printable = lines.map(printableLine);
  if (plan.rows.length > 0) printable.push(changesTable(plan));
  if (flows)
    printable.push(
      ...plan.flows.map(({ command, flow }) => printableLine(`  ${command === 'add' ? '+' : '-'} ${formatFlow(flow)}`)),
    );
  return printable.join('\n');
}

function changesText({ rows, flows }: BridgePlan): string {
  if (rows.length === 0 && flows.length === 0) return 'nothing to change';
  const added = flows.filter(({ command }) => command === 'add').length;
  const counts = `${plural(added, 'flow')} to add, ${flows.length - added} to remove`;
  return `${plural(rows.length, 'port')} to change, ${counts}${flows.length === 0 ? '' : " ('--flows' lists them)"}`;
}

/** A row for each port of which something changes: what comes closed first, then by the names of their guests. */
function changesTable({ rows, ports }: BridgePlan): string {
  const known = new Map(ports.map((port) => [port.name, port]));
  const lines = rows.flatMap((row) => {
    const port = known.get(row.port);
    return port === undefined ? [] : [{ port, now: row.now }];
  });
  lines.sort(
    (a, b) =>
      Number(b.port.quarantine !== undefined) - Number(a.port.quarantine !== undefined) ||
      naturalOrder(a.port.guest ?? a.port.name, b.port.guest ?? b.port.name),
  );
  return formatTable(
    ['', 'GUEST', 'PORT', 'NOW', '→ BECOMES'],
    lines.map(({ port, now }) => ['', port.guest ?? '-', port.name, nowText(now), becomesText(port, now)]),
  );
}

function nowText(now: VlanSetting): string {
  if (isParked(now)) return 'closed (parked)';
  const mode = vlanMode(now);
  if (mode === 'trunk') return now.trunks.length === 0 ? 'open, all VLANs' : `open, VLANs ${now.trunks.join(' ')}`;
  return `open, ${mode === 'access' ? '' : `${mode} `}VLAN ${now.tag ?? 0}`;
}

function becomesText({ role, quarantine, hold }: PortStatus, now: VlanSetting): string {
  if (quarantine !== undefined) return `${isParked(now) ? 'stays closed' : 'CLOSED'}: ${quarantine.message}`;
  if (role === undefined) return 'as it was before';
  return hold?.closes === true ? `${role}, closed: ${hold.message}` : role;
}
