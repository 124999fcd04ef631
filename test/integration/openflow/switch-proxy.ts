import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { HEADER_LENGTH, MessageType } from '../../../src/openflow/message.ts';
import { MultipartType } from '../../../src/openflow/multipart.ts';

/** What becomes of a new connection: it is relayed, ended at once, or accepted and never answered. */
export type Welcome = 'relay' | 'refuse' | 'silence';

/**
 * What Open vSwitch 2.13.8, 2.15.0 and 2.17.9 answer a request for a flow monitor in OpenFlow 1.4 and 1.5, byte for byte: they read
 * it as one of OpenFlow 1.0, find its flags bad (OFPMOFC_BAD_FLAGS), and make the header of what they have not read
 * (`ofproto/ofproto.c`, handle_flow_monitor_request).
 */
const BAD_FLAGS = Buffer.from('0101001800000000b0c20000000023200001020600010004', 'hex');
/** The first version with OFPT_MULTIPART_REQUEST: OpenFlow 1.3. */
const MULTIPART_SINCE = 0x04;
/** Where the version stands in the answer to OFPMP_DESC, and how much room it has. */
const SOFTWARE = { start: HEADER_LENGTH + 8 + 512, end: HEADER_LENGTH + 8 + 768 };

/**
 * Stands between a client and a bridge's management socket, for what a living ovs-vswitchd does not do on demand. What it lets
 * through, it lets through untouched.
 */
export class SwitchProxy {
  /** Connections that were not let through. */
  refused = 0;
  /** Requests for a flow monitor that were answered with an error. */
  refusedMonitors = 0;
  welcome: Welcome = 'relay';
  /** Whether requests for a flow monitor reach the bridge; otherwise they are answered as Open vSwitch before 3.0 does. */
  knowsFlowMonitors = true;
  /** The version that the bridge says it has, where it is not its own. */
  software: string | undefined;
  /** Connections that were let through and ended once the client had asked for flows. */
  hungUp = 0;
  /** Ends connections as soon as the client asks for flows. */
  hangsUp = false;
  readonly #path: string;
  readonly #target: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(path: string, target: string) {
    this.#path = path;
    this.#target = target;
  }

  /** A proxy at `path` for the socket `target`. */
  static async listen(path: string, target: string): Promise<SwitchProxy> {
    const proxy = new SwitchProxy(path, target);
    await proxy.listen();
    return proxy;
  }

  /** Listens anew, whatever became of the socket's file. */
  async listen(): Promise<void> {
    await this.#closeServer();
    await rm(this.#path, { force: true });
    this.#server = createServer((socket) => {
      this.#accept(socket);
    }).listen(this.#path);
    await once(this.#server, 'listening');
  }

  /** Ends every connection. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops listening and leaves the socket's file behind, as a process that is killed does. */
  async abandon(): Promise<void> {
    // Closing a server removes what is at its path then.
    await rename(this.#path, `${this.#path}.kept`);
    await this.#closeServer();
    await rename(`${this.#path}.kept`, this.#path);
  }

  async close(): Promise<void> {
    await this.#closeServer();
    await rm(this.#path, { force: true });
  }

  async #closeServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    this.drop();
    await closed;
  }

  #accept(client: Socket): void {
    this.#keep(client);
    if (this.welcome === 'refuse') {
      this.refused += 1;
      client.destroy();
    } else if (this.welcome === 'silence') {
      this.refused += 1;
      client.resume();
    } else {
      this.#relay(client);
    }
  }

  #relay(client: Socket): void {
    const bridge = connect(this.#target);
    this.#keep(bridge);
    for (const [one, other] of [
      [client, bridge],
      [bridge, client],
    ] as const) {
      one.on('close', () => {
        other.destroy();
      });
    }
    whole(bridge, (message) => {
      if (this.software !== undefined && isMultipart(message, MessageType.MULTIPART_REPLY, MultipartType.DESC)) {
        message.fill(0, SOFTWARE.start, SOFTWARE.end).write(this.software, SOFTWARE.start);
      }
      client.write(message);
    });
    whole(client, (message) => {
      if (this.hangsUp && isMultipart(message, MessageType.MULTIPART_REQUEST, MultipartType.FLOW)) {
        this.hungUp += 1;
        client.destroy();
      } else if (this.knowsFlowMonitors || !isMonitorRequest(message)) {
        bridge.write(message);
      } else {
        this.refusedMonitors += 1;
        client.write(BAD_FLAGS);
      }
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** Gives `take` each message that arrives at `socket`, whole. */
function whole(socket: Socket, take: (message: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (!socket.destroyed && rest.length >= HEADER_LENGTH && rest.length >= rest.readUInt16BE(2)) {
      const message = rest.subarray(0, rest.readUInt16BE(2));
      rest = rest.subarray(message.length);
      take(message);
    }
  });
}

function isMonitorRequest(message: Buffer): boolean {
  return isMultipart(message, MessageType.MULTIPART_REQUEST, MultipartType.FLOW_MONITOR);
}

function isMultipart(message: Buffer, type: number, multipart: number): boolean {
  // OpenFlow 1.0, which the connection for port configurations speaks, gives these types other meanings.
  const knows = message.length > HEADER_LENGTH && message.readUInt8(0) >= MULTIPART_SINCE;
  return knows && message.readUInt8(1) === type && message.readUInt16BE(HEADER_LENGTH) === multipart;
}
