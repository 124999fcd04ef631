import { openFlowRemote } from '../agent/openflow-remote.ts';
import { messageOf } from '../base/thrown.ts';
import type { Config } from '../config/config.ts';
import { OpenFlowError } from '../openflow/errors.ts';
import { proveHost, type ProofReport } from '../verify/prove-host.ts';
import { readProvedSwitch } from '../verify/proved-switch.ts';
import { CommandError, ExitCode } from './exit-code.ts';
import { survey } from './inspection.ts';
import { formatProof } from './prove-text.ts';

export interface ProveCall {
  readonly bridge: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly parkingOnly: boolean;
  readonly json: boolean;
}

/**
 * Proves for every header that no frame gets from one port to another that the roles keep apart, or shows which do. Reads flows and
 * settings alone. Returns the exit code. @throws CommandError
 */
export async function prove(config: Config, call: ProveCall, print: (text: string) => void): Promise<number> {
  const report = await survey(config, async ({ bridges, database }) => {
    const wanted = bridges.filter(({ bridge }) => call.bridge === undefined || bridge === call.bridge);
    if (wanted.length === 0) {
      throw new CommandError(
        ExitCode.USAGE,
        call.bridge === undefined
          ? 'this host has no bridge to prove anything about'
          : `no bridge ${call.bridge} is looked after: name one of ${bridges.map(({ bridge }) => bridge).join(', ')}`,
      );
    }
    checkPort(wanted, call.from);
    checkPort(wanted, call.to);
    try {
      const model = await readProvedSwitch(database, (bridge) => openFlowRemote(config.openflow, bridge));
      return proveHost(model, wanted, database.root?.ovs_version, call);
    } catch (error) {
      if (!(error instanceof OpenFlowError)) throw error;
      throw new CommandError(ExitCode.OPENFLOW, `the flows cannot be read: ${messageOf(error)}`);
    }
  });
  print(call.json ? JSON.stringify(report, null, 2) : formatProof(report, call.parkingOnly));
  return exitCodeOf(report);
}

function exitCodeOf({ verdict }: ProofReport): number {
  if (verdict === 'PROVED') return ExitCode.OK;
  return verdict === 'LEAK' ? ExitCode.VERIFY_FAILED : ExitCode.UNPROVED;
}

function checkPort(
  bridges: readonly { readonly ports: readonly { readonly port: { readonly name: string } }[] }[],
  name: string | undefined,
): void {
  if (name === undefined || bridges.some(({ ports }) => ports.some(({ port }) => port.name === name))) return;
  throw new CommandError(ExitCode.USAGE, `no port is called ${name}: give the name of a port of the bridge`);
}
