import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { LabError } from './errors.ts';
import { parseFrame } from './parse-frame.ts';
import { until } from './until.ts';
import type { Frame } from './parse-frame.ts';
import type { Mac } from './ethernet.ts';

/** What an endpoint needs of the switch it is plugged into. */
export interface Socketed {
  vsctl(...args: string[]): Promise<string>;
}

/** Frames kept in `received`; the oldest go first. */
const KEEP = 20_000;

/**
 * A guest NIC without a guest. Its port is of type `dummy`, whose other end is a stream of Ethernet frames, each after its
 * length in two bytes (lib/netdev-dummy.c). Open vSwitch connects to us, not we to it: so the connection stands before
 * the port forwards its first frame, and a restarted ovs-vswitchd finds us again by itself.
 */
export class Endpoint {
  readonly name: string;
  readonly mac: Mac;
  readonly bridge: string;
  readonly ifaceId: string | undefined;
  readonly vmId: string | undefined;
  /** Frames that came out of the port, oldest first. */
  readonly received: Frame[] = [];
  readonly #switch: Socketed;
  readonly #path: string;
  readonly #server: Server;
  readonly #closed: (endpoint: Endpoint) => void;
  readonly #watchers = new Set<(frame: Frame) => void>();
  #socket: Socket | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #counts = { sent: 0, received: 0 };

  constructor(
    owner: Socketed,
    path: string,
    identity: { name: string; mac: Mac; bridge: string; ifaceId: string | undefined; vmId: string | undefined },
    closed: (endpoint: Endpoint) => void,
  ) {
    this.#switch = owner;
    this.#path = path;
    this.#closed = closed;
    this.name = identity.name;
    this.mac = identity.mac;
    this.bridge = identity.bridge;
    this.ifaceId = identity.ifaceId;
    this.vmId = identity.vmId;
    this.#server = createServer((socket) => {
      this.#connected(socket);
    });
  }

  async listen(): Promise<void> {
    // The socket of an earlier port with this name must not be in the way.
    await rm(this.#path, { force: true });
    this.#server.listen(this.#path);
    await once(this.#server, 'listening');
  }

  /** Frames in each direction since Open vSwitch connected; its own counters of the port start at the same moment. */
  get counts(): { readonly sent: number; readonly received: number } {
    return this.#counts;
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Puts the frame on the wire: waits for Open vSwitch to be connected, and returns once the frame is handed over. */
  async send(frame: Buffer): Promise<void> {
    if (frame.length < 14 || frame.length > 0xffff) {
      throw new LabError('LAB_FRAME', `${this.name}: a frame has 14 to 65535 bytes, not ${frame.length}`);
    }
    const socket = await until(`Open vSwitch to connect to the endpoint ${this.name}`, () => this.#socket);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(frame.length);
    this.#counts.sent += 1;
    await new Promise<void>((resolve, reject) => {
      socket.write(Buffer.concat([length, frame]), (error) => {
        if (error)
          reject(new LabError('LAB_LINK_DOWN', `${this.name}: ovs-vswitchd went away while sending: ${error.message}`));
        else resolve();
      });
    });
  }

  clear(): void {
    this.received.length = 0;
  }

  /** Calls `watcher` for each frame that arrives, until the returned function is called. */
  watch(watcher: (frame: Frame) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The OpenFlow port number, once ovs-vswitchd has assigned one; throws LabError when the port failed. */
  async ofport(): Promise<number> {
    const text = await until(`an ofport of ${this.name}`, async () => {
      const answer = await this.#switch.vsctl('--if-exists', 'get', 'Interface', this.name, 'ofport');
      return answer === '[]' ? undefined : answer;
    });
    if (!(Number(text) > 0)) throw new LabError('LAB_PORT', `${this.name} has the ofport ${text || 'of no row'}`);
    return Number(text);
  }

  /** Removes the port as libvirt does when a guest stops; `wait: false` is for when ovs-vswitchd does not run. */
  async unplug({ wait = true } = {}): Promise<void> {
    await this.#switch.vsctl(...(wait ? [] : ['--no-wait']), '--', '--if-exists', 'del-port', this.name);
    this.close();
  }

  /** Ends this side only. The port must be gone first, or ovs-vswitchd: its dummy ports do not bear the other end's loss. */
  close(): void {
    this.#server.close();
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#closed(this);
  }

  #connected(socket: Socket): void {
    // A restarted ovs-vswitchd connects anew; what its predecessor left half-said is void.
    this.#socket?.destroy();
    this.#socket = socket;
    this.#rest = Buffer.alloc(0);
    this.#counts = { sent: 0, received: 0 };
    socket.on('data', (chunk) => {
      if (socket === this.#socket) this.#take(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (socket === this.#socket) this.#socket = undefined;
    });
  }

  #take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 2) {
      const end = 2 + this.#rest.readUInt16BE(0);
      if (this.#rest.length < end) return;
      const frame = parseFrame(this.#rest.subarray(2, end));
      this.#rest = this.#rest.subarray(end);
      this.#counts.received += 1;
      if (this.received.length >= KEEP) this.received.shift();
      this.received.push(frame);
      for (const watcher of this.#watchers) watcher(frame);
    }
  }
}
