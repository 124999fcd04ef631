import { openFlowRemote } from '../../agent/openflow-remote.ts';
import { messageOf } from '../../base/thrown.ts';
import { dropsOf, type Drop } from '../../bridge/drops/drop.ts';
import { unlistedSenders, type UnlistedSender } from '../../bridge/drops/unlisted.ts';
import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import { OpenFlowConnection } from '../../openflow/connection.ts';
import { COUNTING } from '../../pipeline/cause.ts';
import { readDatapathFlows } from '../../vswitch/datapath-flow.ts';
import { Unixctl } from '../../vswitch/unixctl.ts';
import { CommandError, ExitCode } from '../exit-code.ts';

type Connected = readonly [DesiredBridge, OpenFlowConnection];

/** Reads what the flows of the host's bridges have dropped, over connections that are kept open. No agent need run. */
export class DropReader {
  readonly #bridges: readonly Connected[];

  private constructor(bridges: readonly Connected[]) {
    this.#bridges = bridges;
  }

  /** `folder` is that of the bridges' sockets. @throws CommandError */
  static async open(bridges: readonly DesiredBridge[], folder: string): Promise<DropReader> {
    const opened = await Promise.allSettled(
      bridges.map(async (one) => {
        return [one, await OpenFlowConnection.connect(openFlowRemote(folder, one.bridge))] as const;
      }),
    );
    const connected = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = opened.find((one) => one.status === 'rejected');
    if (failed === undefined) return new DropReader(connected);
    for (const [, connection] of connected) connection.close();
    throw new CommandError(
      ExitCode.OPENFLOW,
      `the flows cannot be read (${messageOf(failed.reason)}): start ovs-vswitchd, or name its run folder with --openflow`,
    );
  }

  /** @throws OpenFlowError */
  async read(): Promise<readonly (Drop & { readonly bridge: string })[]> {
    const all = await Promise.all(
      this.#bridges.map(async ([{ bridge, ports }, connection]) => {
        const counters = await connection.readCounters(COUNTING);
        const drops = dropsOf(
          counters,
          ports.map((judged) => ({ ...judged, isOpen: true })),
        );
        return drops.map((drop) => ({ bridge, ...drop, place: `${bridge} ${drop.place}` }));
      }),
    );
    return all.flat();
  }

  close(): void {
    for (const [, connection] of this.#bridges) connection.close();
  }
}

/** Who speaks to guests and is not heard; undefined where ovs-vswitchd cannot be asked. */
export async function readUnlisted(
  bridges: readonly DesiredBridge[],
  folder: string,
): Promise<readonly UnlistedSender[] | undefined> {
  try {
    const daemon = await Unixctl.find(folder);
    const datapaths = (await daemon.call('dpctl/dump-dps')).split('\n').filter((name) => name !== '');
    const texts = await Promise.all(datapaths.map((name) => daemon.call('dpctl/dump-flows', '--names', name)));
    return unlistedSenders(bridges, texts.flatMap(readDatapathFlows));
  } catch {
    return undefined;
  }
}
