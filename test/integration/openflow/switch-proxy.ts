import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { encodeMessage, HEADER_LENGTH, MessageType } from '../../../src/openflow/message.ts';
import { MultipartType } from '../../../src/openflow/multipart.ts';

/** What becomes of a new connection: it is relayed, ended at once, or accepted and never answered. */
export type Welcome = 'relay' | 'refuse' | 'silence';

/** OFPET_BAD_REQUEST, OFPBRC_BAD_MULTIPART (OpenFlow 1.4 section 7.5.4.2). */
const BAD_MULTIPART = Buffer.from([0, 1, 0, 2]);
/** Bytes of the request that an error repeats (OVS `lib/ofp-errors.c`, ofperr_encode_reply). */
const REPEATED = 64;

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
  /**
   * Answers requests for a flow monitor as Open vSwitch before 3.0 does, to which their multipart type is unknown in OpenFlow
   * 1.4 (`lib/ofp-msgs.c`, ofpraw_from_ofphdrs).
   */
  knowsFlowMonitors = true;
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
    bridge.on('data', (chunk: Buffer) => {
      client.write(chunk);
    });
    let rest = Buffer.alloc(0);
    client.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= HEADER_LENGTH && rest.length >= rest.readUInt16BE(2)) {
        const message = rest.subarray(0, rest.readUInt16BE(2));
        rest = rest.subarray(message.length);
        if (this.knowsFlowMonitors || !isMonitorRequest(message)) bridge.write(message);
        else {
          this.refusedMonitors += 1;
          client.write(refusal(message));
        }
      }
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

function isMonitorRequest(message: Buffer): boolean {
  return (
    message.readUInt8(1) === MessageType.MULTIPART_REQUEST &&
    message.readUInt16BE(HEADER_LENGTH) === MultipartType.FLOW_MONITOR
  );
}

function refusal(request: Buffer): Buffer {
  const body = Buffer.concat([BAD_MULTIPART, request.subarray(0, REPEATED)]);
  return encodeMessage(request.readUInt8(0), MessageType.ERROR, request.readUInt32BE(4), body);
}
