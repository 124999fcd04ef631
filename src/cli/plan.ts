import { planChanges, type BridgePlan } from '../agent/plan.ts';
import type { Config } from '../config/config.ts';
import { formatFlow } from '../openflow/format-flow.ts';
import { databaseReady, openDatabase } from './database.ts';
import { ExitCode } from './exit-code.ts';
import { printableLine } from './printable.ts';
import { knownRouters } from './fleet/fleet-part.ts';
import { openLibvirt } from './libvirt.ts';
import { formatPlans } from './plan-text.ts';

/** Names the shape of the answer; `schemas/plan.schema.json` describes it. */
export const PLAN_FORMAT = 'pvlan-agent/plan/1';

/** Prints what `run` would change, and changes nothing. Returns the exit code. @throws CommandError */
export async function plan(
  config: Config,
  options: { readonly json: boolean; readonly flows: boolean },
  print: (text: string) => void,
): Promise<number> {
  const database = openDatabase(config);
  await databaseReady(database);
  try {
    const libvirt = await openLibvirt(config, (event) => {
      process.stderr.write(`pvlan-agent: ${printableLine(event.message)}\n`);
    });
    const plans = await planChanges(database, config, libvirt, knownRouters(config));
    await libvirt?.close();
    const text = options.json
      ? JSON.stringify({ format: PLAN_FORMAT, bridges: plans.map(jsonPlan) }, null, 2)
      : formatPlans(plans, options.flows);
    print(text);
    return exitCode(plans);
  } finally {
    database.close();
  }
}

function exitCode(plans: readonly BridgePlan[]): number {
  if (plans.some((bridge) => bridge.error !== undefined && !bridge.missing)) return ExitCode.OPENFLOW;
  return plans.some((bridge) => bridge.missing) ? ExitCode.UNHEALTHY : ExitCode.OK;
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
