import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Channel } from '../../src/openflow/channel.ts';
import { decodeFlowUpdates, encodeFlowMonitorRequest } from '../../src/openflow/flow-monitor.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { negotiateVersion } from '../../src/openflow/handshake.ts';
import { MessageType, type Message } from '../../src/openflow/message.ts';
import { hasFlowMonitor } from '../../src/openflow/release.ts';
import { decodeMultipart, encodeMultipart, MultipartType } from '../../src/openflow/multipart.ts';
import type { Host } from '../lab/host.ts';
import { until } from '../lab/until.ts';
import { releaseAtHand } from './release-at-hand.ts';

/** OFPT_ROLE_REQUEST and OFPT_ROLE_REPLY (OpenFlow 1.4 section 7.1.1). */
const ROLE_REQUEST = 24;
const ROLE_REPLY = 25;
/** OFPCR_ROLE_NOCHANGE, which asks, and OFPCR_ROLE_MASTER (OpenFlow 1.4 section 7.3.9). */
const NOCHANGE = 0;
const MASTER = 2;
const TIMEOUT_MS = 10_000;
const PROBE_MS = 60_000;

/** What a controller wants in its bridge, in the words of ovs-ofctl. Every flow has the controller's cookie. */
export interface Program {
  readonly cookie: bigint;
  readonly flows: readonly string[];
  readonly groups?: readonly string[];
  readonly meters?: readonly string[];
}

/**
 * An SDN controller of a bridge, beside the agent: Open vSwitch connects to it, it takes the role of master, watches the flow
 * tables, and installs its program each time it is connected. It never mends what somebody else does to it while it is.
 */
export class Controller {
  /** How often Open vSwitch has connected. */
  connections = 0;
  /** Flows of its own that somebody removed or changed while it was connected. */
  readonly disturbed: Flow[] = [];
  readonly #host: Host;
  readonly #bridge: string;
  readonly #program: Program;
  readonly #server: Server;
  #channel: Channel | undefined;
  #ready: Promise<void> = Promise.resolve();
  #generation = 0n;

  private constructor(host: Host, bridge: string, program: Program) {
    this.#host = host;
    this.#bridge = bridge;
    this.#program = program;
    this.#server = createServer((socket) => {
      this.#ready = this.#take(socket);
      // A switch that dies meanwhile connects again when it is back.
      this.#ready.catch(() => undefined);
    });
  }

  /** Becomes the controller of `bridge`, which from now on does nothing without one (fail mode `secure`). */
  static async of(host: Host, bridge: string, program: Program): Promise<Controller> {
    const controller = new Controller(host, bridge, program);
    await rm(controller.path, { force: true });
    controller.#server.listen(controller.path);
    await once(controller.#server, 'listening');
    host.onClose(() => {
      controller.close();
    });
    await host.vsctl(...controller.assignment());
    await controller.settled();
    return controller;
  }

  /** The one socket of its bridge to which Open vSwitch connects (vswitchd/bridge.c, `bridge_configure_remotes`). */
  get path(): string {
    return join(this.#host.rundir, `${this.#bridge}.controller`);
  }

  /** The arguments of `ovs-vsctl` that make it the controller of its bridge, after others. */
  assignment(): string[] {
    const columns = [`target="unix:${this.path}"`, 'max_backoff=1000', 'connection_mode=out-of-band'];
    return [
      ...['--', '--id=@controller', 'create', 'Controller', ...columns],
      ...['--', 'set', 'Bridge', this.#bridge, 'controller=@controller', 'fail_mode=secure'],
    ];
  }

  /** Waits until it is connected and its program is installed. */
  async settled(): Promise<void> {
    await until('the controller to be connected', () => this.#channel !== undefined);
    await this.#ready;
  }

  /** Installs the whole program again. */
  async install(): Promise<void> {
    const { cookie, flows, groups = [], meters = [] } = this.#program;
    const there = await this.#host.ofctl('dump-meters', this.#bridge);
    for (const meter of meters) {
      const [number = ''] = /meter=\d+/.exec(meter) ?? [];
      if (!there.includes(`${number} `)) await this.#host.ofctl('add-meter', this.#bridge, meter);
    }
    for (const group of groups) await this.#host.ofctl('--may-create', 'mod-group', this.#bridge, group);
    const file = join(this.#host.folder, 'etc', `${this.#bridge}.program`);
    await writeFile(file, flows.map((flow) => `cookie=0x${cookie.toString(16)},${flow}\n`).join(''));
    await this.#host.ofctl('--bundle', 'add-flows', this.#bridge, file);
  }

  /** Everything of the controller's in the bridge, its role and connection included; the same text means the same state. */
  async state(): Promise<string> {
    const cookie = `cookie=0x${this.#program.cookie.toString(16)}/-1`;
    const texts = [
      await this.#host.ofctl('--no-stats', 'dump-flows', this.#bridge, cookie),
      await this.#host.ofctl('dump-groups', this.#bridge),
      await this.#host.ofctl('dump-meters', this.#bridge),
      await this.#host.vsctl('get', 'Controller', this.#bridge, 'target'),
    ];
    return [...texts.map(sorted), `role ${await this.#role(NOCHANGE)}`].join('\n');
  }

  close(): void {
    this.#channel?.close();
    this.#server.close();
  }

  async #take(socket: Socket): Promise<void> {
    this.connections += 1;
    const channel = new Channel(socket, `the switch at ${this.path}`, PROBE_MS);
    void channel.closed.then(() => {
      if (this.#channel === channel) this.#channel = undefined;
    });
    await negotiateVersion(channel, this.path, [0x05], TIMEOUT_MS);
    await this.#role(MASTER, channel);
    await this.install();
    channel.listen({
      message: (message) => {
        this.#hear(message);
      },
      error: () => undefined,
      closed: () => undefined,
    });
    this.#channel = channel;
    // Without a monitor its state alone tells what somebody did to it.
    if (!hasFlowMonitor(releaseAtHand())) return;
    const monitor = encodeMultipart(MultipartType.FLOW_MONITOR, encodeFlowMonitorRequest(1, 'add'));
    const { MULTIPART_REQUEST, MULTIPART_REPLY } = MessageType;
    await channel.request('OFPMP_FLOW_MONITOR', MULTIPART_REQUEST, monitor, TIMEOUT_MS, (message) =>
      message.type === MULTIPART_REPLY ? true : undefined,
    );
  }

  /** Asks for a role and returns the one it has then; without a connection that of nobody, `undefined`. */
  async #role(wanted: number, channel = this.#channel): Promise<number | undefined> {
    this.#generation += 1n;
    const body = Buffer.alloc(16);
    body.writeUInt32BE(wanted);
    body.writeBigUInt64BE(this.#generation, 8);
    return channel?.request('OFPT_ROLE_REQUEST', ROLE_REQUEST, body, TIMEOUT_MS, (message) =>
      message.type === ROLE_REPLY ? message.body.readUInt32BE(0) : undefined,
    );
  }

  #hear(message: Message): void {
    if (message.type !== MessageType.MULTIPART_REPLY) return;
    const part = decodeMultipart(message.body);
    if (part.type !== MultipartType.FLOW_MONITOR) return;
    for (const change of decodeFlowUpdates(part.body)) {
      if ('flow' in change && change.event !== 'added' && change.flow.cookie === this.#program.cookie)
        this.disturbed.push(change.flow);
    }
  }
}

function sorted(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/xid=\w+/, 'xid').trim())
    .sort()
    .join('\n');
}
