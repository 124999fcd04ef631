import { desiredBridges } from '../../../src/desire/desired-bridge.ts';
import { guestSources } from '../../../src/observe/guest-sources.ts';
import { survey } from '../../../src/observe/survey.ts';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import { floodVlansOf } from '../../../src/verify/flood-vlans.ts';
import { Interrogator } from '../../../src/verify/interrogator.ts';
import type { VerifyReport } from '../../../src/verify/report.ts';
import { verify } from '../../../src/verify/verify.ts';
import { VswitchDatabase } from '../../../src/vswitch/database.ts';
import { Unixctl } from '../../../src/vswitch/unixctl.ts';
import type { Host } from '../../lab/host.ts';

/** What `pvlan-agent verify` does on a host whose ports speak by their port-profile. */
export async function verifyHost(host: Host, settings: Partial<Config> = {}): Promise<VerifyReport> {
  const flags = { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none' };
  const config = { ...loadConfig({ env: {}, defaultFile: '/nowhere', flags }), ...settings };
  const database = new VswitchDatabase({ remotes: [parseRemote(`unix:${host.dbSocket}`)] });
  await database.ready({ timeoutMs: 5000 });
  const found = survey(database, () => true, guestSources(config, undefined));
  const floodVlans = floodVlansOf(database.bridges.values());
  database.close();
  const daemon = await Interrogator.open(await Unixctl.find(host.rundir));
  try {
    return await verify(desiredBridges(found, config).values(), daemon, floodVlans);
  } finally {
    daemon.close();
  }
}
