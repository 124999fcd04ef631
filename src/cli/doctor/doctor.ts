import type { Config } from '../../config/config.ts';
import { ExitCode } from '../exit-code.ts';
import { printableLine } from '../printable.ts';
import { collect } from './collect.ts';
import type { HostFacts } from './facts.ts';
import type { Check, Finding, Level } from './finding.ts';
import { agentCheck, databaseCheck, nodeCheck, openflowCheck, releaseCheck } from './host-checks.ts';
import { foreignCheck, networksCheck, portsCheck, routersCheck, settingsCheck } from './switch-checks.ts';

/** Every check there is, in the order in which they are told: what others rest on comes first. */
const CHECKS: readonly Check<HostFacts>[] = [
  databaseCheck,
  openflowCheck,
  agentCheck,
  nodeCheck,
  releaseCheck,
  settingsCheck,
  portsCheck,
  routersCheck,
  foreignCheck,
  networksCheck,
];

/** The answer of `doctor --json`; schemas/doctor.schema.json describes it. */
export interface DoctorReport {
  readonly format: 'pvlan-agent/doctor/1';
  readonly healthy: boolean;
  readonly findings: readonly (Finding & { readonly check: string })[];
}

/** Looks the host over, with the agent running or not, and changes nothing. Returns the exit code. Never rejects. */
export async function doctor(
  config: Config,
  { json }: { readonly json: boolean },
  print: (text: string) => void,
): Promise<number> {
  const report = examine(await collect(config));
  print(json ? JSON.stringify(report, null, 2) : report.findings.map(lineOf).join('\n'));
  return report.healthy ? ExitCode.OK : ExitCode.UNHEALTHY;
}

/** What the checks say of `facts`. */
export function examine(facts: HostFacts): DoctorReport {
  const findings = CHECKS.flatMap((check) => {
    const { name, good } = check;
    const own = check.judge(facts);
    const told: readonly Finding[] = own.length === 0 ? [{ level: 'ok', message: good }] : own;
    return told.map((finding) => ({ check: name, ...finding }));
  });
  return { format: 'pvlan-agent/doctor/1', healthy: findings.every(({ level }) => level !== 'FAIL'), findings };
}

const WIDTH = Math.max(...(['ok', 'note', 'FAIL', 'skip'] satisfies Level[]).map((level) => level.length));

function lineOf({ level, message, remedy }: Finding): string {
  return printableLine(`${level.padEnd(WIDTH)} ${message}${remedy === undefined ? '' : ` → ${remedy}`}`);
}
