import { flush as flushHost } from '../agent/flush.ts';
import type { Config } from '../config/config.ts';
import { databaseReady, openDatabase } from './database.ts';
import { ExitCode } from './exit-code.ts';
import { takeLock } from './lock.ts';
import { printableLine } from './printable.ts';

/** Takes back everything the agent did on this host. Returns the exit code. @throws CommandError */
export async function flush(config: Config, print: (text: string) => void): Promise<number> {
  const database = openDatabase(config);
  await databaseReady(database);
  try {
    const lock = await takeLock(database, 'pvlan-agent flush');
    const bridges = await flushHost(database, config.openflow, async (operations) => {
      await database.transact([{ op: 'assert', lock: lock.name }, ...operations]);
    });
    for (const { bridge, flows, ports, parked, error } of bridges) {
      print(
        printableLine(
          `bridge ${bridge}: ${flows} flows removed, ${ports.length === 0 ? 'no port' : ports.join(', ')} restored`,
        ),
      );
      for (const port of parked) {
        const open = `'ovs-vsctl clear Port ${port} vlan_mode trunks'`;
        const why = 'it was created as a trunk of VLAN 4095 alone, and no flow serves it now';
        print(printableLine(`bridge ${bridge}: port ${port} stays cut off: ${why}; to open it: ${open}`));
      }
      if (error !== undefined)
        print(printableLine(`bridge ${bridge}: not everything was put back: ${error}; flush again`));
    }
    return bridges.some((bridge) => bridge.error !== undefined) ? ExitCode.OPENFLOW : ExitCode.OK;
  } finally {
    database.close();
  }
}
