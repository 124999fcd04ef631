import type { Config } from '../../config/config.ts';
import { findParty } from '../../verify/party.ts';
import { companyOf, type Company } from '../../verify/why/who.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { survey } from '../inspection.ts';
import { formatCompany } from './who-text.ts';
import { askingFor } from './why.ts';

/** Names the shape of the answer; `schemas/who.schema.json` describes it. */
export const WHO_FORMAT = 'pvlan-agent/who/1';

/** Tells whom a guest may talk to, by the roles; no agent need run. Returns the exit code. @throws CommandError */
export async function who(
  config: Config,
  name: string,
  options: { readonly json: boolean },
  print: (text: string) => void,
): Promise<number> {
  return survey(config, ({ bridges }) => {
    const party = askingFor(() => findParty(bridges, name));
    if (party.kind === 'elsewhere') {
      throw new CommandError(
        ExitCode.USAGE,
        `${party.mac} is on no port of this host: 'pvlan-agent why ${party.mac} <guest>' tells what becomes of its frames here`,
      );
    }
    const company = companyOf(bridges, party);
    print(options.json ? JSON.stringify(jsonCompany(company), null, 2) : formatCompany(company));
    return Promise.resolve(ExitCode.OK);
  });
}

function jsonCompany({ party, role, peers, listed }: Company): object {
  const { port } = party.judged;
  return {
    format: WHO_FORMAT,
    bridge: party.desired.bridge,
    port: port.name,
    guest: port.guestName,
    role,
    peers: peers.map(({ bridge, port: name, role: theirs, mayReach }) => ({
      bridge,
      port: name,
      role: theirs,
      mayReach,
    })),
    listed,
  };
}
