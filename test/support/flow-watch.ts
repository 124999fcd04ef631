import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import { OpenFlowConnection } from '../../src/openflow/connection.ts';
import type { FlowChange } from '../../src/openflow/flow-monitor.ts';
import { hasFlowMonitor } from '../../src/openflow/release.ts';
import type { Host } from '../lab/host.ts';
import { releaseAtHand } from './release-at-hand.ts';

/**
 * Hears of every change of a bridge's flows, by whomever. A release without a flow monitor tells nothing: then the ages of the
 * flows have to do.
 */
export class FlowWatch {
  readonly connection: OpenFlowConnection;
  /** False where the release has no flow monitor, and `changes` stays empty. */
  readonly hears = hasFlowMonitor(releaseAtHand());
  readonly changes: FlowChange[] = [];
  readonly #watch: Subscription | undefined;

  private constructor(connection: OpenFlowConnection) {
    this.connection = connection;
    if (this.hears) this.#watch = connection.monitorFlows().subscribe((change) => this.changes.push(change));
  }

  static async open(host: Host, bridge = 'br0'): Promise<FlowWatch> {
    const watch = new FlowWatch(await OpenFlowConnection.connect(`unix:${join(host.rundir, `${bridge}.mgmt`)}`));
    await watch.connection.barrier();
    return watch;
  }

  close(): void {
    this.#watch?.unsubscribe();
    this.connection.close();
  }
}
