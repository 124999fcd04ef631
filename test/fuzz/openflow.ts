import { Socket } from 'node:net';
import { Writer } from '../../src/openflow/bytes.ts';
import { decodeBundleReply, encodeBundleControl } from '../../src/openflow/bundle-codec.ts';
import { Channel } from '../../src/openflow/channel.ts';
import { decodeError } from '../../src/openflow/error-codec.ts';
import { OpenFlowError, ProtocolError } from '../../src/openflow/errors.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { decodeFlowUpdates } from '../../src/openflow/flow-monitor.ts';
import { decodeFlowStats } from '../../src/openflow/flow-stats.ts';
import { encodeHello, offeredVersions } from '../../src/openflow/hello.ts';
import { encodeInstructions } from '../../src/openflow/instruction-codec.ts';
import { encodeMatch } from '../../src/openflow/match-codec.ts';
import { encodeMessage, MessageSplitter, MessageType, type Version } from '../../src/openflow/message.ts';
import { decodeMultipart, encodeMultipart, MultipartCollector, MultipartType } from '../../src/openflow/multipart.ts';
import { decodePortDescs, decodePortStatus } from '../../src/openflow/port.ts';
import { compiled } from '../support/compiled.ts';
import { layoutFrom } from '../../src/pipeline/layout.ts';
import { judge } from '../../src/pvlan/judge.ts';
import { PVLAN_2102 } from '../support/duo.ts';
import { guestPort, inPortgroup, NO_POLICY } from '../support/ports.ts';
import { refuses, type Target } from './target.ts';

const MOST = 65_535;

/** The flows of two guests: what the agent itself reads back. */
function flows(): readonly Flow[] {
  const ports = [guestPort(1, inPortgroup('isolated-2102')), guestPort(2, inPortgroup('community-2102-red'))];
  const verdicts = judge(new Map([['br0', ports]]), NO_POLICY).bridges.get('br0') ?? [];
  return compiled(
    { verdicts, primaries: [{ ...PVLAN_2102, localMacs: [] }], settled: new Set(verdicts), normalSource: 'none' },
    layoutFrom(60, 145),
  );
}

function entry(write: (writer: Writer) => void): Buffer {
  const writer = new Writer().u16(0);
  write(writer);
  return writer.patchU16(0, writer.length).finish();
}

/** `ofp_flow_stats` of OpenFlow 1.4, `ofp_flow_desc` of 1.5. */
function statistics(flow: Flow, version: Version): Buffer {
  return entry((writer) => {
    if (version === 0x05) writer.u8(flow.table).zeros(9).u16(flow.priority).zeros(10).u64(flow.cookie).zeros(16);
    else writer.zeros(2).u8(flow.table).zeros(1).u16(flow.priority).zeros(8).u64(flow.cookie);
    encodeMatch(writer, flow.match);
    if (version === 0x06) writer.u16(0).u16(12).zeros(12);
    encodeInstructions(writer, flow, version);
  });
}

function update(event: number, flow: Flow): Buffer {
  return entry((writer) => {
    writer.u16(event).u8(flow.table).zeros(5).u16(flow.priority).zeros(4).u64(flow.cookie);
    encodeMatch(writer, flow.match);
    encodeInstructions(writer, flow, 0x06);
  });
}

const samples = flows();
const read14 = Buffer.concat(samples.map((flow) => statistics(flow, 0x05)));
const read15 = Buffer.concat(samples.map((flow) => statistics(flow, 0x06)));
const updates = Buffer.concat(samples.map((flow, index) => update(index % 4, flow)));
const port = Buffer.concat([Buffer.from('0000000100480000', 'hex'), Buffer.alloc(64, 'p')]);
const portStatus = Buffer.concat([Buffer.alloc(8), port]);

const WORDS = ['ffff', '0000', '80000004', '80000a02', 'ffff0018', '00002320', 'ffffffff', '0001', '0004', '8000'].map(
  (hex) => Buffer.from(hex, 'hex'),
);

function decoder(name: string, seeds: readonly Buffer[], decode: (body: Buffer) => unknown): Target {
  const feed = (input: Buffer): boolean => refuses(ProtocolError, () => decode(input));
  return { name: `OpenFlow ${name}`, weight: 10, seeds, words: WORDS, most: MOST, feed };
}

/** What a switch says in the life of a connection: greetings, probes, one reply in two parts, updates, errors. */
function conversation(): Buffer[] {
  const say = (type: number, xid: number, body: Uint8Array): Buffer => encodeMessage(0x06, type, xid, body);
  const part = (body: Buffer, flags: number): Buffer => {
    const reply = encodeMultipart(MultipartType.FLOW, body);
    reply.writeUInt16BE(flags, 2);
    return reply;
  };
  return [
    Buffer.concat([
      say(MessageType.HELLO, 0, encodeHello([0x05, 0x06])),
      say(MessageType.ECHO_REQUEST, 9, Buffer.from('ping')),
      say(MessageType.MULTIPART_REPLY, 1, part(read15, 1)),
      say(MessageType.MULTIPART_REPLY, 1, part(read15, 0)),
    ]),
    Buffer.concat([
      say(MessageType.MULTIPART_REPLY, 77, encodeMultipart(MultipartType.FLOW_MONITOR, updates)),
      say(MessageType.PORT_STATUS, 0, portStatus),
      say(MessageType.ERROR, 1, Buffer.from('0001000100000000', 'hex')),
      say(MessageType.BARRIER_REPLY, 1, Buffer.alloc(0)),
    ]),
  ];
}

/** A channel with a request under way and a listener, on a socket of which only the receiving side is used. */
function feedChannel(input: Buffer, cut: (length: number) => number): boolean {
  const socket = new Socket();
  const channel = new Channel(socket, 'fuzz', 60_000);
  channel.negotiate(0x06);
  let ended: Error | undefined;
  const collector = new MultipartCollector(MultipartType.FLOW, (body) => decodeFlowStats(body, 0x06), 10_000);
  const body = encodeMultipart(MultipartType.FLOW, Buffer.alloc(0));
  const collect = (message: { readonly body: Buffer }): Flow[] | undefined => collector.accept(message.body);
  channel.request('OFPMP_FLOW', MessageType.MULTIPART_REQUEST, body, 60_000, collect).catch(() => undefined);
  channel.listen({
    message: (message) => {
      if (message.type === MessageType.PORT_STATUS) decodePortStatus(message.body);
      if (message.type !== MessageType.MULTIPART_REPLY) return;
      const reply = decodeMultipart(message.body);
      if (reply.type === MultipartType.FLOW_MONITOR) decodeFlowUpdates(reply.body);
    },
    error: () => undefined,
    closed: (reason) => {
      ended = reason;
    },
  });
  for (let at = 0; at < input.length;) {
    const end = at + cut(input.length - at);
    socket.emit('data', input.subarray(at, end));
    at = end;
  }
  channel.close();
  if (ended !== undefined && !(ended instanceof OpenFlowError)) throw ended;
  return ended === undefined;
}

function feedSplitter(input: Buffer, cut: (length: number) => number): boolean {
  const splitter = new MessageSplitter();
  return refuses(ProtocolError, () => {
    for (let at = 0; at < input.length;) {
      const end = at + cut(input.length - at);
      splitter.push(input.subarray(at, end));
      at = end;
    }
  });
}

const stream = { seeds: conversation(), words: WORDS, most: MOST };

export const OPENFLOW_TARGETS: readonly Target[] = [
  decoder('1.4 flows', [read14], (body) => decodeFlowStats(body, 0x05)),
  decoder('1.5 flows', [read15], (body) => decodeFlowStats(body, 0x06)),
  decoder('flow monitor', [updates], decodeFlowUpdates),
  decoder('ports', [port, Buffer.concat([port, port])], decodePortDescs),
  decoder('port status', [portStatus], decodePortStatus),
  decoder('errors', [Buffer.from('0001000100000000', 'hex'), Buffer.from('ffff000300002320', 'hex')], (body) =>
    decodeError(body, 'fuzz'),
  ),
  decoder('bundle replies', [encodeBundleControl(1, 1), encodeBundleControl(2, 5)], decodeBundleReply),
  decoder('hellos', [encodeHello([0x05, 0x06])], (body) =>
    offeredVersions({ version: 0x06, type: MessageType.HELLO, xid: 1, body }),
  ),
  { name: 'OpenFlow stream', weight: 10, ...stream, feed: feedSplitter },
  { name: 'OpenFlow channel', weight: 6, ...stream, feed: feedChannel },
];
