import { expect } from 'chai';
import fc from 'fast-check';
import { ProtocolError } from '../../../src/openflow/errors.ts';
import { encodeMessage, MessageSplitter } from '../../../src/openflow/message.ts';

const sent = fc.record({
  type: fc.nat(35),
  xid: fc.integer({ min: 0, max: 0xffffffff }),
  body: fc.uint8Array({ maxLength: 200 }),
});

/** Cuts `bytes` at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

describe('the message splitter', () => {
  it('finds the same messages however the bytes arrive', () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (messages, places) => {
        const stream = Buffer.concat(messages.map(({ type, xid, body }) => encodeMessage(0x06, type, xid, body)));
        const splitter = new MessageSplitter();
        const found = cut(stream, places).flatMap((chunk) => splitter.push(chunk));
        expect(found.map(({ type, xid, body }) => ({ type, xid, body: Uint8Array.from(body) }))).to.deep.equal(
          messages,
        );
      }),
    );
  });

  it('takes the longest message there can be, byte by byte, without copying it each time', () => {
    const bytes = encodeMessage(0x06, 2, 1, Buffer.alloc(0xffff - 8, 7));
    const splitter = new MessageSplitter();
    const found = Array.from(bytes, (byte) => splitter.push(Buffer.from([byte]))).flat();
    expect(found).to.have.length(1);
    expect(found[0]?.body).to.have.length(0xffff - 8);
  });

  it('refuses a length shorter than the header, in one piece or many', () => {
    const bad = Buffer.from([6, 0, 0, 7, 0, 0, 0, 0]);
    expect(() => new MessageSplitter().push(bad)).to.throw(ProtocolError, '7 bytes');
    const splitter = new MessageSplitter();
    splitter.push(bad.subarray(0, 7));
    expect(() => splitter.push(bad.subarray(7))).to.throw(ProtocolError);
  });

  it('refuses another version by the header alone, once one was agreed', () => {
    const splitter = new MessageSplitter();
    splitter.version = 0x05;
    expect(() => splitter.push(Buffer.from('HTTP/1.1'))).to.throw(ProtocolError, 'version 0x48');
  });

  it('never throws anything but a protocol error', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), (chunks) => {
        const splitter = new MessageSplitter();
        try {
          for (const chunk of chunks) splitter.push(Buffer.from(chunk));
        } catch (error) {
          expect(error).to.be.instanceOf(ProtocolError);
        }
      }),
    );
  });
});
