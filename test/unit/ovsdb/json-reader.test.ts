import { expect } from 'chai';
import fc from 'fast-check';
import { ProtocolError } from '../../../src/ovsdb/errors.ts';
import { stringifyJson } from '../../../src/ovsdb/json.ts';
import type { JsonLimits } from '../../../src/ovsdb/json-limits.ts';
import { JsonReader } from '../../../src/ovsdb/json-reader.ts';
import type { Json } from '../../../src/ovsdb/json-value.ts';
import { runs } from '../../support/runs.ts';

function feed(chunks: readonly Buffer[], limits?: JsonLimits): Json[] {
  const reader = new JsonReader(limits);
  const messages: Json[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let message = reader.next(); message !== undefined; message = reader.next()) messages.push(message);
  }
  return messages;
}

const one = (text: string): Json | undefined => feed([Buffer.from(text)])[0];
const limits: JsonLimits = { maxMessageBytes: 1000, maxDepth: 10 };

describe('a stream of undelimited JSON messages', () => {
  it('is cut into the same messages whatever the chunks', () => {
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary', maxDepth: 8 }));
    fc.assert(
      fc.property(fc.array(object, { maxLength: 5 }), fc.array(fc.nat(200)), (objects, cuts) => {
        const texts = objects.map((value) => JSON.stringify(value));
        // Integers beyond 2^53 come as bigint, and are tried below.
        fc.pre(!/\d{16}/.test(texts.join(' ')));
        const bytes = Buffer.from(texts.join(''));
        const chunks: Buffer[] = [];
        let from = 0;
        for (const cut of cuts) chunks.push(bytes.subarray(from, (from += cut)));
        chunks.push(bytes.subarray(from));
        expect(feed(chunks)).to.deep.equal(texts.map((text) => JSON.parse(text) as unknown));
      }),
    );
  });

  it('is cut where objects end, whatever their strings look like', () => {
    const tricky = fc.string({ unit: fc.constantFrom('{', '}', '"', '\\', ',', '[', ']', '1', 'a'), maxLength: 8 });
    const few = { maxKeys: 3 };
    const row = fc.dictionary(tricky, fc.oneof(tricky, fc.dictionary(tricky, tricky, few)), few);
    const table = fc.dictionary(tricky, fc.dictionary(fc.constantFrom('initial', 'delete'), row, few), few);
    const message = fc.oneof(row, fc.record({ result: fc.tuple(fc.boolean(), fc.dictionary(tricky, table, few)) }));
    const chunked = fc.array(fc.nat(400), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), chunked, (messages, cuts) => {
        const bytes = Buffer.from(messages.map((one) => stringifyJson(one)).join(''));
        const chunks: Buffer[] = [];
        let from = 0;
        for (const cut of cuts) chunks.push(bytes.subarray(from, (from += cut)));
        chunks.push(bytes.subarray(from));
        fc.pre(!/\d{16}/.test(bytes.toString()));
        expect(feed(chunks)).to.deep.equal(messages.map((one) => JSON.parse(stringifyJson(one)) as unknown));
      }),
      { numRuns: runs(300) },
    );
  });

  it('holds an integer of 64 bits wherever in a chunk it stands', () => {
    for (let before = 0; before < 40; before += 1) {
      const text = `{"a":"${'x'.repeat(before)}","b":[9007199254740993]}{"c":{"d":{"e":{"f":{"g":9007199254740993}}}}}`;
      expect(feed([Buffer.from(text)])).to.deep.equal([
        { a: 'x'.repeat(before), b: [9007199254740993n] },
        { c: { d: { e: { f: { g: 9007199254740993n } } } } },
      ]);
    }
  });

  it('may be split at every byte of a multi-byte value of 4 KiB', () => {
    const value = { 'ключ"\\': '🜁é\\"}{][\u0007'.repeat(300) };
    const bytes = Buffer.from(JSON.stringify(value));
    expect(bytes.length).to.be.greaterThan(4096);
    expect(feed([...bytes].map((byte) => Buffer.of(byte)))).to.deep.equal([value]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(feed([bytes.subarray(0, cut), bytes.subarray(cut)])).to.deep.equal([value]);
    }
  });

  it('may spread white space over its outer levels, and not leave out what separates', () => {
    const text = ' {\n"a" : [ 1 , {"b":[ true ] } , [] , {} ,null ]\t, "__proto__": { "x" :-1.5e3 } } ';
    expect(feed([Buffer.from(text)])).to.deep.equal([JSON.parse(text)]);
    expect(feed([...Buffer.from(text)].map((byte) => Buffer.of(byte)))).to.deep.equal([JSON.parse(text)]);
    const wrong = [
      '{"a"1}',
      '{"a":1 2}',
      '{"a":1,}',
      '{,}',
      '{1:2}',
      '{"a":[1,]}',
      '{"a":[,1]}',
      '{"a":[1 2]}',
      '{"a":[1}',
    ];
    for (const broken of [...wrong, '{"a":1]', '{"a":01}', '{"a":tru}', '{"a"}', '{"a":"\u0001"}', '{"a":1"b":2}']) {
      expect(() => feed([Buffer.from(broken)]), broken).to.throw(ProtocolError, 'not JSON');
    }
  });

  it('loses a bit anywhere and is refused, or read as JSON.parse reads it', () => {
    const good = Buffer.from('{"id":5,"result":[true,{"T":{"u":{"new":{"a":["set",[1,2]]}}},"V":{}}],"error":null}');
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), (at, byte, drop) => {
        const bytes = drop
          ? Buffer.concat([good.subarray(0, at), good.subarray(at + 1)])
          : Buffer.from(good.map((old, index) => (index === at ? byte : old)));
        let expected: unknown;
        try {
          expected = JSON.parse(bytes.toString('utf8'));
        } catch {
          expected = undefined;
        }
        fc.pre(!bytes.includes(0xfffd) && (byte < 0x80 || drop));
        let read: Json[];
        try {
          read = feed([bytes]);
        } catch (error) {
          expect(error).to.be.instanceOf(ProtocolError);
          expect(expected).to.equal(undefined);
          return;
        }
        // What only lacks its end is not refused yet.
        if (expected === undefined) expect(read.length === 0 || read.length === 1).to.equal(true);
        else expect(read).to.deep.equal([expected]);
      }),
      { numRuns: runs(2000) },
    );
  });

  it('may hold white space between messages, and nothing else', () => {
    expect(feed([Buffer.from(' {"a":1}\n\t{"b":2}\r\n')])).to.deep.equal([{ a: 1 }, { b: 2 }]);
    for (const garbage of ['{}x{}', '[]', 'HTTP/1.1 400', '{}}', '{}"{}"', '\0{}']) {
      expect(() => feed([Buffer.from(garbage)]), garbage).to.throw(ProtocolError, 'where a JSON object should begin');
    }
  });

  it('is refused when a message is too large, before it ends', () => {
    const endless = Buffer.from(`{"a":"${'x'.repeat(600)}`);
    expect(() => feed([endless, Buffer.alloc(600, 'y')], limits)).to.throw(ProtocolError, 'larger than 1000 bytes');
    expect(() => feed([Buffer.from(`{"a":"${'x'.repeat(2000)}"}`)], limits)).to.throw(ProtocolError, 'larger than');
  });

  it('is refused when a message nests too deep', () => {
    expect(() => feed([Buffer.from('{"a":' + '['.repeat(100_000))], limits)).to.throw(ProtocolError, 'deeper than 10');
    expect(feed([Buffer.from('{"a":[[[[[[[[[]]]]]]]]]}')], limits)).to.have.length(1);
  });

  it('is refused when a message is not UTF-8 or not JSON', () => {
    expect(() => feed([Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])])).to.throw(
      ProtocolError,
      'UTF-8',
    );
    expect(() => feed([Buffer.from('{"a":}')])).to.throw(ProtocolError, 'not JSON');
    expect(() => feed([Buffer.from('{"a":[}}')])).to.throw(ProtocolError, 'not JSON');
  });
});

describe('an integer', () => {
  it('is a number up to 2^53 and a bigint beyond', () => {
    expect(one('{"a":[9007199254740991,-9007199254740991]}')).to.deep.equal({ a: [2 ** 53 - 1, 1 - 2 ** 53] });
    expect(one('{"a":[9007199254740993,-9223372036854775808]}')).to.deep.equal({
      a: [9007199254740993n, -9223372036854775808n],
    });
  });

  it('is left alone as part of a real number, of a string and of a key', () => {
    const text = '{"9223372036854775807":["9223372036854775807",0.12345678901234567,1234567890123456789e1,1e+20,1.5]}';
    expect(one(text)).to.deep.equal(JSON.parse(text));
  });

  it('of more than 64 bits is refused', () => {
    for (const integer of ['123456789012345678901', '9223372036854775808', '-9223372036854775809']) {
      expect(() => one(`{"a":${integer}}`), integer).to.throw(ProtocolError, '64 bits');
      expect(() => one(`{"a":[[[[[[${integer}]]]]]]}`), integer).to.throw(ProtocolError, '64 bits');
    }
  });

  it('of 64 bits survives a round trip between any neighbours, in any chunks', () => {
    const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(fc.array(fc.oneof(integer, fc.string({ unit: 'grapheme' }))), fc.nat(), (values, cut) => {
        const bytes = Buffer.from(stringifyJson({ values }));
        const at = cut % bytes.length;
        const [message] = feed([bytes.subarray(0, at), bytes.subarray(at)]);
        const narrow = (value: bigint | string): Json =>
          typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
        expect(message).to.deep.equal({ values: values.map(narrow) });
      }),
    );
  });
});
