import { flush as flushHost } from '../agent/flush.ts';
import type { Config } from '../config/config.ts';
import { databaseReady, openDatabase } from './database.ts';
import { ExitCode } from './exit-code.ts';
import { takeLock } from './lock.ts';
import { printableLine } from './printable.ts';

export interface FlushFlags {
  /** Guests' ports that were created parked become ordinary ones. */
  readonly openParked: boolean;
}

/** Takes back everything the agent did on this host. Returns the exit code. @throws CommandError */
export async function flush(
  config: Config,
  { openParked }: FlushFlags,
  print: (text: string) => void,
): Promise<number> {
  const database = openDatabase(config);
  await databaseReady(database);
  try {
    const lock = await takeLock(database, 'pvlan-agent flush');
    const bridges = await flushHost(database, {
      openflowFolder: config.openflow,
      openParked,
      transact: async (operations) => {
        await database.transact([{ op: 'assert', lock: lock.name }, ...operations]);
      },
    });
    for (const { bridge, flows, ports, parked, opened, error } of bridges) {
      print(printableLine(`bridge ${bridge}: ${flows} flows removed, ${list(ports)} restored`));
      if (opened.length > 0)
        print(printableLine(`bridge ${bridge}: ${list(opened)} opened, though created as a trunk of VLAN 4095 alone`));
      for (const port of parked) {
        const open = `'ovs-vsctl clear Port ${port} vlan_mode trunks'`;
        const why = 'it was created as a trunk of VLAN 4095 alone, and no flow serves it now';
        print(printableLine(`bridge ${bridge}: port ${port} stays cut off: ${why}; to open it: ${open}`));
      }
      if (error !== undefined)
        print(printableLine(`bridge ${bridge}: not everything was put back: ${error}; flush again`));
    }
    if (bridges.some(({ parked }) => parked.length > 0))
      print("to open all ports that stay cut off: 'pvlan-agent flush --open-parked'");
    return bridges.some((bridge) => bridge.error !== undefined) ? ExitCode.OPENFLOW : ExitCode.OK;
  } finally {
    database.close();
  }
}

function list(ports: readonly string[]): string {
  return ports.length === 0 ? 'no port' : ports.join(', ');
}
