import { Duplex } from 'node:stream';
import { readFileSync } from 'node:fs';
import { OvsdbError, ProtocolError } from '../../src/ovsdb/errors.ts';
import { parseJson } from '../../src/ovsdb/json.ts';
import { JsonReader } from '../../src/ovsdb/json-reader.ts';
import { Replica } from '../../src/ovsdb/replica.ts';
import { RpcChannel } from '../../src/ovsdb/rpc-channel.ts';
import { parseDatabaseSchema, type DatabaseSchema } from '../../src/ovsdb/schema.ts';
import { checkSchema } from '../../src/vswitch/check-schema.ts';
import { readInterfaceRow, readPortRow } from '../../src/vswitch/rows.generated.ts';
import { refuses, type Target } from './target.ts';

const LIMITS = { maxMessageBytes: 64 * 1024, maxDepth: 100 };
const MOST = 128 * 1024;

const UUID = '11111111-2222-4333-8444-555555555501';
const OTHER = '11111111-2222-4333-8444-555555555502';

const slice = JSON.parse(readFileSync(new URL('../../schemas/vswitch.slice.json', import.meta.url), 'utf8')) as object;
const schemaText = Buffer.from(JSON.stringify({ ...slice, version: '8.3.0' }));
const schema: DatabaseSchema = parseDatabaseSchema(parseJson(schemaText));

const port = {
  name: 'vnet0',
  interfaces: ['uuid', OTHER],
  trunks: ['set', [4095]],
  external_ids: ['map', [['a', 'b']]],
};
const nic = { name: 'vnet0', type: 'dummy', ofport: 3, external_ids: ['map', [['iface-id', 'x']]] };
const initial = { Port: { [UUID]: { initial: port } }, Interface: { [OTHER]: { initial: nic } } };
const modified = {
  Port: { [UUID]: { modify: { trunks: ['set', [1, 2]], external_ids: ['map', [['a', 'c']]] } } },
  Interface: { [OTHER]: { delete: null } },
};
const classic = { Port: { [UUID]: { new: port, old: { trunks: ['set', []] } } }, Interface: { [OTHER]: { old: nic } } };

const messages = [
  { id: 0, result: [initial], error: null },
  { id: null, method: 'update2', params: ['replica', modified] },
  { id: null, method: 'update3', params: ['replica', UUID, modified] },
  { id: 'echo', method: 'echo', params: [] },
  { id: 1, result: null, error: { error: 'timed out', details: 'é\u2028"\\' } },
  { id: null, method: 'locked', params: ['pvlan_agent'] },
  { id: 2, result: [{ count: 9007199254740993 }, { uuid: ['uuid', UUID] }], error: null },
].map((message) => Buffer.from(JSON.stringify(message)));

const WORDS = [
  ...['{', '}', '[', ']', '"', '\\', ',', ':', 'null', '-', '1e999', '9223372036854775808', '9007199254740993', '0.1'],
  ...[
    '["set",[]]',
    '["map",[]]',
    '["map",[["a"]]]',
    `["uuid","${UUID}"]`,
    '["uuid","x"]',
    '"__proto__":',
    '"constructor":',
  ],
  ...['"modify":', '"insert":', '"delete":null', '"new":', '"id":', '"\\ud800"', '\u00e9', '[[[[[[[[[[', '{"a":{"a":'],
]
  .map((word) => Buffer.from(word))
  .concat(Buffer.of(0xff), Buffer.of(0xc3), Buffer.of(0));

const language = { words: WORDS, most: MOST };

function inChunks(input: Buffer, cut: (length: number) => number, take: (chunk: Buffer) => void): void {
  for (let at = 0; at < input.length;) {
    const end = at + cut(input.length - at);
    take(input.subarray(at, end));
    at = end;
  }
}

function feedReader(input: Buffer, cut: (length: number) => number): boolean {
  const reader = new JsonReader(LIMITS);
  return refuses(ProtocolError, () => {
    inChunks(input, cut, (chunk) => {
      reader.push(chunk);
      while (reader.next() !== undefined);
      if (reader.pendingBytes > LIMITS.maxMessageBytes) throw new Error('the reader holds more than its limit');
    });
  });
}

/** Swallows what is written to it. */
class Sink extends Duplex {
  override _read(): void {
    // Nothing ever comes from itself.
  }

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}

function feedChannel(input: Buffer, cut: (length: number) => number): boolean {
  const socket = new Sink();
  let ended: Error | undefined;
  let faulty: Error | undefined;
  const channel = new RpcChannel(socket, {
    peer: 'fuzz',
    limits: LIMITS,
    onClose: (error) => {
      ended = error;
    },
    onListenerError: (error) => {
      faulty ??= error;
    },
  });
  for (const method of ['get_schema', 'monitor'])
    channel.call(method, [], { timeoutMs: 60_000 }).catch(() => undefined);
  inChunks(input, cut, (chunk) => socket.emit('data', chunk));
  channel.close();
  const fault = faulty ?? (ended instanceof OvsdbError ? undefined : ended);
  if (fault !== undefined) throw fault;
  return ended === undefined;
}

/** Runs steps to their end at once. */
function finish<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

function feedReplica(input: Buffer): boolean {
  const replica = new Replica();
  replica.watch(schema.tables);
  finish(replica.load(parseJson(Buffer.from(JSON.stringify(initial))), 2, schema.tables.keys()));
  const accepted = ([2, 1] as const).map((format) =>
    refuses(OvsdbError, () => finish(replica.apply(parseJson(input), format))),
  );
  for (const [uuid, row] of replica.rows('Port')) readPortRow(uuid, row);
  for (const [uuid, row] of replica.rows('Interface')) readInterfaceRow(uuid, row);
  return accepted.includes(true);
}

export const JSON_TARGETS: readonly Target[] = [
  { name: 'JSON stream', weight: 10, seeds: messages, ...language, feed: feedReader },
  { name: 'JSON-RPC channel', weight: 8, seeds: messages, ...language, feed: feedChannel },
  {
    name: 'OVSDB replica',
    weight: 10,
    seeds: [initial, modified, classic].map((updates) => Buffer.from(JSON.stringify(updates))),
    ...language,
    feed: feedReplica,
  },
  {
    name: 'OVSDB schema',
    weight: 2,
    seeds: [schemaText],
    ...language,
    feed: (input) => refuses(OvsdbError, () => checkSchema(parseDatabaseSchema(parseJson(input)))),
  },
];
