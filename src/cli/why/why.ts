import type { Config } from '../../config/config.ts';
import { readIpPrefix } from '../../pvlan/ip-prefix.ts';
import { PartyError, type Party } from '../../verify/party.ts';
import { why as whyPair, type Way } from '../../verify/why/why.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { inspect } from '../inspection.ts';
import { formatWhy } from './why-text.ts';

/** Names the shape of the answer; `schemas/why.schema.json` describes it. */
export const WHY_FORMAT = 'pvlan-agent/why/1';

export interface WhyCall {
  readonly from: string;
  readonly to: string;
  /** The IP address that the first one says is its own. */
  readonly address: string | undefined;
  readonly flows: boolean;
  readonly json: boolean;
}

/**
 * Tells why frames of one reach the other or do not, both ways. Sends and changes nothing; no agent need run. Returns the exit
 * code. @throws CommandError
 */
export async function why(config: Config, call: WhyCall, print: (text: string) => void): Promise<number> {
  const address = call.address === undefined ? undefined : readAddress(call.address);
  return inspect(config, async ({ bridges, daemon }) => {
    const ways = await whyPair(bridges, { from: call.from, to: call.to, address }, daemon).catch(refuse);
    print(
      call.json
        ? JSON.stringify({ format: WHY_FORMAT, ways: ways.map(jsonWay) }, null, 2)
        : formatWhy(ways, call.flows),
    );
    return ExitCode.OK;
  });
}

/** What `ask` returns. @throws CommandError in place of a PartyError */
export function askingFor<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  if (error instanceof PartyError) throw new CommandError(ExitCode.USAGE, error.message);
  throw error;
}

function readAddress(text: string): Parameters<typeof whyPair>[1]['address'] {
  const reading = readIpPrefix(text);
  if ('problem' in reading) throw new CommandError(ExitCode.USAGE, `--address ${text} ${reading.problem}`);
  return reading.prefix;
}

function jsonWay({ from, to, entrance, mayReach, reason, accounts }: Way): object {
  return {
    from: jsonParty(from),
    to: jsonParty(to),
    ...reason,
    mayReach,
    entrance,
    frames: accounts.map(({ steps, deciding, ...account }) => ({
      ...account,
      deciding: deciding === undefined ? undefined : jsonStep(deciding),
      flows: steps.map(jsonStep),
    })),
  };
}

function jsonStep({ bridge, table, flow, owner, own, cookie }: Way['accounts'][number]['steps'][number]): object {
  return { bridge, table, flow, owner, cookie: `0x${cookie.toString(16)}`, effects: own };
}

function jsonParty(party: Party): object {
  if (party.kind === 'elsewhere') return { mac: party.mac, listedIn: party.promiscuousIn };
  const { port, verdict } = party.judged;
  return {
    bridge: party.desired.bridge,
    port: port.name,
    guest: port.guestName,
    mac: port.attachedMac,
    role: 'role' in verdict ? verdict.role : undefined,
  };
}
