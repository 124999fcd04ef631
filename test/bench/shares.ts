import { join } from 'node:path';
import { MessageType } from '../../src/openflow/message.ts';
import { AgentChild } from '../chaos/agent-child.ts';
import { jsonMessages, openFlowMessages, Relay } from '../support/relay.ts';
import { firstWith } from './births.ts';
import type { Stage } from './stage.ts';

/** Whose time it was from when a port's number reached the agent to when its flows were acknowledged, in milliseconds. */
export interface Share {
  /** From when the number was passed to the agent until the first byte of its bundle. */
  readonly agent: number;
  /** From there until ovs-vswitchd's last answer: it commits the bundle and answers the barrier. */
  readonly vswitchd: number;
}

const NUMBER = /"ofport":\d/;

/** What passed between an agent and its two sockets during one birth. */
class Passing {
  #numbered: number | undefined;
  #bundle: number | undefined;
  #answered: number | undefined;

  database(message: Buffer): void {
    if (this.#numbered === undefined && NUMBER.test(message.toString())) this.#numbered = performance.now();
  }

  openFlow(message: Buffer): void {
    if (this.#numbered === undefined) return;
    const type = message.readUInt8(1);
    if (type === MessageType.BUNDLE_CONTROL) this.#bundle ??= performance.now();
    if (type === MessageType.BARRIER_REPLY || type === MessageType.BUNDLE_CONTROL) this.#answered = performance.now();
  }

  get share(): Share | undefined {
    if (this.#numbered === undefined || this.#bundle === undefined || this.#answered === undefined) return undefined;
    return { agent: this.#bundle - this.#numbered, vswitchd: this.#answered - this.#bundle };
  }
}

/**
 * Plugs `count` guests in that are born parked, one after the other, with an agent whose two sockets we listen in on. Each message
 * passes through this process, which takes a little time of its own.
 */
export async function shares(stage: Stage, count: number): Promise<Share[]> {
  const { host, bundle, agent } = stage;
  const folder = join(host.folder, 'run');
  const database = await Relay.listen(join(folder, 'tap.sock'), host.dbSocket, jsonMessages);
  const openFlow = await Relay.listen(join(folder, 'br0.mgmt'), join(host.rundir, 'br0.mgmt'), openFlowMessages);
  await agent.kill();
  const settings = { ovsdb: `unix:${join(folder, 'tap.sock')}`, openflow: folder };
  const tapped = await AgentChild.start(host, { name: 'tapped', program: [bundle], settings });
  const measured: Share[] = [];
  try {
    const settled = (): Promise<void> => tapped.settled(stage.guests.map(({ name }) => name));
    await settled();
    for (let done = 0; done < count; done += 1) {
      const passing = new Passing();
      database.onMessage = (message, direction) => {
        if (direction === 'answer') passing.database(message);
      };
      openFlow.onMessage = (message) => {
        passing.openFlow(message);
      };
      const marked = firstWith(
        stage,
        `g${stage.guests.length + 1}`,
        (row) => row.external_ids.get('pvlan-installed') === 'true',
      );
      const guest = await stage.plug({ bornParked: true });
      await marked;
      if (passing.share !== undefined) measured.push(passing.share);
      database.onMessage = openFlow.onMessage = () => undefined;
      await stage.unplug(guest);
      await settled();
    }
  } finally {
    await tapped.kill();
    await database.close();
    await openFlow.close();
    agent.restart();
    await stage.settled();
  }
  return measured;
}
