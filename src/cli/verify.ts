import type { Config } from '../config/config.ts';
import { isAsWanted } from '../verify/report.ts';
import { verify as verifyHost } from '../verify/verify.ts';
import { ExitCode } from './exit-code.ts';
import { inspect } from './inspection.ts';
import { formatReport, jsonReport } from './verify-text.ts';

/**
 * Asks ovs-vswitchd what becomes of every kind of frame between the ports of each Private VLAN, and prints where that is not
 * what the roles ask. Sends and changes nothing. Returns the exit code. @throws CommandError
 */
export async function verify(
  config: Config,
  options: { readonly json: boolean },
  print: (text: string) => void,
): Promise<number> {
  const report = await inspect(config, ({ bridges, daemon, floodVlans }) => verifyHost(bridges, daemon, floodVlans));
  print(options.json ? JSON.stringify(jsonReport(report), null, 2) : formatReport(report));
  return isAsWanted(report) ? ExitCode.OK : ExitCode.VERIFY_FAILED;
}
