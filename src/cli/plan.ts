import { planChanges, type BridgePlan } from '../agent/plan.ts';
import type { Config } from '../config/config.ts';
import { formatFlow } from '../openflow/format-flow.ts';
import { databaseReady, openDatabase } from './database.ts';
import { ExitCode } from './exit-code.ts';
import { printableLine } from './printable.ts';
import { openLibvirt } from './libvirt.ts';
import { outsideText } from './outside-text.ts';

/** Prints what `run` would change, and changes nothing. Returns the exit code. @throws CommandError */
export async function plan(
  config: Config,
  options: { readonly json: boolean },
  print: (text: string) => void,
): Promise<number> {
  const database = openDatabase(config);
  await databaseReady(database);
  try {
    const libvirt = await openLibvirt(config, (event) => {
      process.stderr.write(`pvlan-agent: ${printableLine(event.message)}\n`);
    });
    const plans = await planChanges(database, config, libvirt);
    await libvirt?.close();
    print(options.json ? JSON.stringify(plans.map(jsonPlan), null, 2) : formatPlans(plans));
    return exitCode(plans);
  } finally {
    database.close();
  }
}

function exitCode(plans: readonly BridgePlan[]): number {
  if (plans.some((bridge) => bridge.error !== undefined && !bridge.missing)) return ExitCode.OPENFLOW;
  return plans.some((bridge) => bridge.missing) ? ExitCode.UNHEALTHY : ExitCode.OK;
}

function formatPlans(plans: readonly BridgePlan[]): string {
  return plans.length === 0 ? 'no bridge on this host' : plans.map(formatPlan).join('\n\n');
}

function formatPlan(bridge: BridgePlan): string {
  const lines = [`bridge ${bridge.bridge}`];
  if (bridge.error !== undefined) lines.push(`  ! ${bridge.error}`);
  for (const port of bridge.ports) {
    if (port.quarantine !== undefined) lines.push(`  ! port ${port.name} stays closed: ${port.quarantine.message}`);
  }
  for (const warning of bridge.warnings) lines.push(`  ! ${warning}`);
  for (const row of bridge.rows) lines.push(`  ~ port ${row.port}: ${row.change}`);
  for (const mod of bridge.flows) lines.push(`  ${mod.command === 'add' ? '+' : '-'} ${formatFlow(mod.flow)}`);
  const isIdle = lines.length === 1;
  const outside = outsideText(bridge.ports);
  const names = bridge.ports.flatMap((port) => (port.outside ? [port.name] : []));
  if (outside !== undefined) lines.splice(1, 0, `  ${outside}: ${names.join(', ')}`);
  if (isIdle) lines.push('  nothing to change');
  return lines.map(printableLine).join('\n');
}

function jsonPlan(bridge: BridgePlan): object {
  return {
    ...bridge,
    flows: bridge.flows.map((mod) => ({
      command: mod.command === 'add' ? 'add' : 'delete',
      flow: formatFlow(mod.flow),
    })),
  };
}
