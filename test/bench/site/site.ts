import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import { COOKIE, COOKIE_MASK, portCookie } from '../../../src/pipeline/cookie.ts';
import { AgentChild } from '../../chaos/agent-child.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { ROUTER_MAC } from '../../support/duo.ts';
import { addPorts, removePorts, type GuestPort } from './guest-rows.ts';
import { Onlooker } from './onlooker.ts';
import { processorMs } from './process-use.ts';

const LOOP_DELAY = fileURLToPath(new URL('loop-delay.mjs', import.meta.url));
const WHOLE = 0xffff_ffff_ffff_ffffn;

/** How late an event loop was, in milliseconds. */
export interface LoopDelay {
  readonly max: number;
  readonly percentiles: Readonly<Record<string, number>>;
}

/** One hypervisor with a bridge `br0`, guests' ports without guests on it, and an onlooker. */
export class Site {
  readonly host: Host;
  readonly onlooker: Onlooker;
  readonly bridge: string;
  readonly #lab: Lab;
  #agent: AgentChild | undefined;
  #openflow: OpenFlowConnection | undefined;
  #plugged = 0;

  private constructor(lab: Lab, host: Host, onlooker: Onlooker, bridge: string) {
    this.#lab = lab;
    this.host = host;
    this.onlooker = onlooker;
    this.bridge = bridge;
  }

  static async create(bridge = 'br0'): Promise<Site> {
    const lab = await Lab.create();
    try {
      const host = await lab.host('a');
      await host.addBridge(bridge);
      const onlooker = new Onlooker(host.dbSocket);
      await onlooker.ready();
      host.onClose(() => {
        onlooker.close();
      });
      return new Site(lab, host, onlooker, bridge);
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** @throws Error before `startAgent` */
  get agent(): AgentChild {
    if (this.#agent === undefined) throw new Error('there is no agent');
    return this.#agent;
  }

  /** Starts the agent, which keeps a histogram of its event loop's delay if it is to be `watched`; that costs a little. */
  async startAgent(bundle: string, { watched = false } = {}): Promise<void> {
    this.#agent = await AgentChild.start(this.host, {
      program: watched ? ['--import', LOOP_DELAY, bundle] : [bundle],
      wrapper: ['env', `PVLAN_BENCH_LOOP=${this.#loopFile}`],
      pvlans: [{ primary: 2102, promiscuousMacs: [ROUTER_MAC] }],
    });
    await this.answers();
  }

  /** Waits until the agent answers. */
  async answers(): Promise<void> {
    await until('the agent to answer', async () => (await this.agent.status()) !== undefined, { interval: 2 });
  }

  /** How late the agent's event loop has been since the last question; undefined for one that is not watched. */
  async loopDelay(): Promise<LoopDelay> {
    const before = await readFile(this.#loopFile, 'utf8').catch(() => '');
    this.agent.signal('SIGUSR2');
    const text = await until('the histogram of the event loop', async () => {
      const now = await readFile(this.#loopFile, 'utf8').catch(() => '');
      return now !== before && now;
    });
    return JSON.parse(text) as LoopDelay;
  }

  /** Adds guests in one transaction; returns their names. */
  async plug(count: number, { bornParked = true } = {}): Promise<string[]> {
    const ports = Array.from({ length: count }, (_, index): GuestPort => {
      const number = this.#plugged + index + 1;
      return { name: `g${number}`, number, bornParked };
    });
    this.#plugged += count;
    await this.onlooker.transact(addPorts(this.onlooker.bridge(this.bridge), ports));
    return ports.map(({ name }) => name);
  }

  /** Takes ports away in one transaction. */
  async unplug(names: readonly string[]): Promise<void> {
    const ports = names.map((name) => this.onlooker.port(name));
    await this.onlooker.transact(removePorts(this.onlooker.bridge(this.bridge), ports));
    await this.onlooker.seen(names, 'gone');
  }

  /** Milliseconds of processor time that the agent has had. */
  agentCost(): Promise<number> {
    return processorMs(this.agent.pid);
  }

  /** The same of ovs-vswitchd. */
  switchCost(): Promise<number> {
    return processorMs(this.host.vswitchdPid);
  }

  /** Numbers that guests to come will have, as `plug` counts them. */
  upcoming(count: number): readonly number[] {
    return Array.from({ length: count }, (_, index) => this.#plugged + index + 1);
  }

  async openflow(): Promise<OpenFlowConnection> {
    this.#openflow ??= await OpenFlowConnection.connect(`unix:${join(this.host.rundir, `${this.bridge}.mgmt`)}`, {
      timeoutMs: 300_000,
    });
    return this.#openflow;
  }

  /** Waits until the agent has taken away what it had for ports that are gone. */
  async flowsGone(names: readonly string[]): Promise<void> {
    const openflow = await this.openflow();
    for (const name of names) {
      const filter = { cookie: portCookie(this.onlooker.number(name)), cookieMask: WHOLE };
      await until(`the flows of ${name} to go`, async () => (await openflow.readFlows(filter)).length === 0, {
        timeout: 300_000,
      });
    }
  }

  /** How many flows of the agent's there are; they are not read. */
  async flowCount(): Promise<number> {
    const hex = (value: bigint): string => `0x${value.toString(16)}`;
    const text = await this.host.ofctl(
      '--no-names',
      'dump-aggregate',
      this.bridge,
      `cookie=${hex(COOKIE)}/${hex(COOKIE_MASK)}`,
    );
    return Number(/flow_count=(\d+)/.exec(text)?.[1] ?? 0);
  }

  /** Ends everything; once. */
  async close(): Promise<void> {
    this.#openflow?.close();
    this.#openflow = undefined;
    await this.#lab.close();
  }

  get #loopFile(): string {
    return join(this.host.folder, 'log', 'loop.json');
  }
}
