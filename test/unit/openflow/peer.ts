import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeHello } from '../../../src/openflow/hello.ts';
import {
  encodeMessage,
  type Message,
  MessageSplitter,
  MessageType,
  type Version,
} from '../../../src/openflow/message.ts';
import { decodeMultipart, encodeMultipart, MultipartType } from '../../../src/openflow/multipart.ts';

/** A switch that misbehaves on demand: for faults Open vSwitch will not show. */
export class Peer {
  readonly remote: string;
  readonly received: Message[] = [];
  /** Emits `message` after each was dealt with. */
  readonly messages = new EventEmitter();
  /** The version it says it is. */
  software = '3.1.0';
  /** What to do with each message; {@link Peer.greet} unless a test says otherwise. */
  behave: (message: Message, peer: Peer) => void = (message, peer) => {
    peer.greet(message);
  };
  #socket: Socket | undefined;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(server: Server, folder: string) {
    this.#server = server;
    this.#folder = folder;
    this.remote = `unix:${join(folder, 'br9.mgmt')}`;
    server.on('connection', (socket) => {
      this.#serve(socket);
    });
  }

  static async listen(): Promise<Peer> {
    const folder = await mkdtemp(join(tmpdir(), 'peer-'));
    const server = createServer();
    const peer = new Peer(server, folder);
    server.listen(join(folder, 'br9.mgmt'));
    await once(server, 'listening');
    return peer;
  }

  /** Answers hello, features and description as Open vSwitch does, and nothing else; says whether it did. */
  greet({ type, xid, body }: Message, version: Version = 0x06): boolean {
    if (type === MessageType.HELLO) this.send(type, xid, encodeHello([version]));
    else if (type === MessageType.FEATURES_REQUEST)
      this.send(MessageType.FEATURES_REPLY, xid, Buffer.alloc(24), version);
    else if (type === MessageType.MULTIPART_REQUEST && decodeMultipart(body).type === MultipartType.DESC)
      this.send(MessageType.MULTIPART_REPLY, xid, description(this.software), version);
    else return false;
    return true;
  }

  /** Answers greetings, bundles and barriers as if all went well. */
  obey(message: Message): void {
    this.greet(message);
    const { type, xid, body } = message;
    if (type === MessageType.BARRIER_REQUEST) this.send(MessageType.BARRIER_REPLY, xid, Buffer.alloc(0));
    if (type !== MessageType.BUNDLE_CONTROL) return;
    const reply = Buffer.from(body);
    reply.writeUInt16BE(body.readUInt16BE(4) + 1, 4);
    this.send(MessageType.BUNDLE_CONTROL, xid, reply);
  }

  send(type: number, xid: number, body: Uint8Array, version = 0x06): void {
    this.write(encodeMessage(version, type, xid, body));
  }

  write(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  stopReading(): void {
    this.#socket?.pause();
  }

  hangUp(): void {
    this.#socket?.destroy();
  }

  async stop(): Promise<void> {
    this.#socket?.destroy();
    this.#server.close();
    await once(this.#server, 'close');
    await rm(this.#folder, { recursive: true, force: true });
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    const splitter = new MessageSplitter();
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      for (const message of splitter.push(chunk)) {
        this.received.push(message);
        this.behave(message, this);
        this.messages.emit('message');
      }
    });
  }
}

/** OFPMP_DESC's answer: three texts of 256 bytes, of which the third is the version, and two more. */
function description(software: string): Buffer {
  const body = Buffer.alloc(1056);
  body.write('Nicira, Inc.', 0);
  body.write('Open vSwitch', 256);
  body.write(software, 512);
  return encodeMultipart(MultipartType.DESC, body);
}
