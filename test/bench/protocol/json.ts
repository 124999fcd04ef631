import type { Json } from '../../../src/ovsdb/json-value.ts';
import { JsonReader } from '../../../src/ovsdb/json-reader.ts';
import type { Task } from '../benchmark.ts';
import { alternate } from './alternate.ts';

const MB = 1_000_000;
/** What a socket hands over at once. */
const CHUNK = 64 * 1024;

function uuid(number: number): string {
  return `${number.toString(16).padStart(8, '0')}-89ab-4def-8123-456789abcdef`;
}

/** What ovsdb-server says of a guest's Interface. */
function row(number: number): Json {
  const ids = [
    ['attached-mac', `52:54:00:00:${(number >> 8) & 0xff}:${number & 0xff}`],
    ['iface-id', uuid(number)],
    ['iface-status', 'active'],
    ['port-profile', 'isolated-2102'],
    ['vm-id', uuid(number + 1)],
    ['pvlan-installed', 'true'],
  ];
  return { name: `vnet${number}`, ofport: number, external_ids: ['map', ids], type: '', options: ['map', []] };
}

/** The answer to a monitor of so many megabytes, in one message. */
export function dump(megabytes: number): string {
  const rows: string[] = [];
  for (let size = 0; size < megabytes * MB; size += rows.at(-1)?.length ?? MB)
    rows.push(`"${uuid(rows.length)}":{"initial":${JSON.stringify(row(rows.length))}}`);
  return `{"id":1,"error":null,"result":[false,"${uuid(0)}",{"Interface":{${rows.join(',')}}}]}`;
}

/** Updates of one row each, of so many megabytes together. */
function updates(megabytes: number): string[] {
  const messages: string[] = [];
  for (let size = 0; size < megabytes * MB; size += messages.at(-1)?.length ?? MB) {
    const number = messages.length;
    const change = { Interface: { [uuid(number)]: { insert: row(number) } } };
    messages.push(JSON.stringify({ id: null, method: 'update3', params: ['replica', uuid(number), change] }));
  }
  return messages;
}

function read(chunks: readonly Buffer[]): number {
  const reader = new JsonReader();
  let messages = 0;
  for (const chunk of chunks) {
    reader.push(chunk);
    while (reader.next() !== undefined) messages += 1;
  }
  return messages;
}

function chunked(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, index) =>
    bytes.subarray(index * CHUNK, (index + 1) * CHUNK),
  );
}

/** Framing and parsing from the socket's bytes, beside JSON.parse of the same text alone. */
export function json({ report, effort }: Task): void {
  const place = { benchmark: 'protocol' };
  const large = dump(effort.bulk);
  const small = updates(effort.bulk);
  const kinds = [
    { kind: 'one message', text: large, parse: () => JSON.parse(large) as unknown },
    { kind: 'updates of a row', text: small.join(''), parse: () => small.map((one) => JSON.parse(one) as unknown) },
  ];
  for (const { kind, text, parse } of kinds) {
    const chunks = chunked(text);
    const [ours, alone] = alternate(effort.repeats, () => read(chunks), parse);
    const rate = (times: readonly number[]): number[] => times.map((ms) => text.length / ms / 1000);
    const what = `${effort.bulk} MB of OVSDB, ${kind}`;
    const agent = report.note(place, 'framing and parsing', what, rate(ours), 'MB/s');
    const plain = report.note(place, 'JSON.parse alone', what, rate(alone), 'MB/s');
    report.ratio(place, `${what}: >= 0.8 of JSON.parse alone`, agent.p50, plain.p50, { atLeast: 0.8 });
  }
}
