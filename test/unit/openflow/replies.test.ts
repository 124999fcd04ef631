import { expect } from 'chai';
import fc from 'fast-check';
import { Writer } from '../../../src/openflow/bytes.ts';
import { decodeError } from '../../../src/openflow/error-codec.ts';
import { ProtocolError } from '../../../src/openflow/errors.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { flowBody, flowKey } from '../../../src/openflow/flow-key.ts';
import { decodeFlowUpdates } from '../../../src/openflow/flow-monitor.ts';
import { decodeFlowStats } from '../../../src/openflow/flow-stats.ts';
import { encodeHello, offeredVersions } from '../../../src/openflow/hello.ts';
import { encodeInstructions } from '../../../src/openflow/instruction-codec.ts';
import { encodeMatch } from '../../../src/openflow/match-codec.ts';
import { encodeMultipart, MultipartCollector } from '../../../src/openflow/multipart.ts';
import { decodePortConfigStatus, decodePorts, encodePortMod } from '../../../src/openflow/port-config-codec.ts';
import { decodePortDescs, decodePortStatus } from '../../../src/openflow/port.ts';
import { flow as anyFlow } from './arbitraries.ts';
import { runs } from '../../support/runs.ts';

function entry(write: (writer: Writer) => void): Buffer {
  const writer = new Writer().u16(0);
  write(writer);
  return writer.patchU16(0, writer.length).finish();
}

function update(event: number, flow: Flow): Buffer {
  return entry((writer) => {
    writer.u16(event).u8(flow.table).zeros(5).u16(flow.priority).zeros(4).u64(flow.cookie);
    encodeMatch(writer, flow.match);
    encodeInstructions(writer, flow, 0x06);
  });
}

function statistics(flow: Flow): Buffer {
  return entry((writer) => {
    writer.u8(flow.table).zeros(9).u16(flow.priority).zeros(10).u64(flow.cookie).zeros(16);
    encodeMatch(writer, flow.match);
    encodeInstructions(writer, flow, 0x05);
  });
}

function description(flow: Flow): Buffer {
  return entry((writer) => {
    writer.zeros(2).u8(flow.table).zeros(1).u16(flow.priority).zeros(8).u64(flow.cookie);
    encodeMatch(writer, flow.match);
    writer.u16(0).u16(12).zeros(12);
    encodeInstructions(writer, flow, 0x06);
  });
}

const short = (event: number, xid = 0): Buffer => entry((writer) => writer.u16(event).u32(xid));
const DROP: Flow = { table: 3, priority: 7, cookie: 9n, match: { inPort: 1 }, actions: [] };

describe('a flow monitor reply', () => {
  it('tells what was added, removed and modified, what we did ourselves, and where the switch paused', () => {
    const body = Buffer.concat([update(1, DROP), update(2, DROP), update(3, DROP), short(4, 77), short(5), short(6)]);
    expect(decodeFlowUpdates(body)).to.deep.equal([
      { event: 'added', own: false, flow: DROP },
      { event: 'removed', own: false, flow: DROP },
      { event: 'modified', own: false, flow: DROP },
      { event: 'own', own: true, xid: 77 },
      { event: 'paused', own: false },
      { event: 'resumed', own: false },
    ]);
  });

  it('is refused with an event that does not exist', () => {
    expect(() => decodeFlowUpdates(short(7))).to.throw(ProtocolError, 'event 7');
  });
});

describe('a reply with flows', () => {
  it('gives back what was written in either version', () => {
    fc.assert(
      fc.property(fc.array(anyFlow, { maxLength: 3 }), (flows) => {
        const keys = flows.map((flow) => [flowKey(flow), flowBody(flow)]);
        const read14 = decodeFlowStats(Buffer.concat(flows.map(statistics)), 0x05);
        const read15 = decodeFlowStats(Buffer.concat(flows.map(description)), 0x06);
        expect(read14.map((flow) => [flowKey(flow), flowBody(flow)])).to.deep.equal(keys);
        expect(read15.map((flow) => [flowKey(flow), flowBody(flow)])).to.deep.equal(keys);
      }),
    );
  });
});

describe('a reply changed at random', () => {
  const mutations = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 4 });
  const decoders: readonly (readonly [string, (flow: Flow) => Buffer, (body: Buffer) => unknown])[] = [
    ['flow monitor', (flow) => update(1, flow), decodeFlowUpdates],
    ['flow statistics of OpenFlow 1.4', statistics, (body) => decodeFlowStats(body, 0x05)],
    ['flow descriptions of OpenFlow 1.5', description, (body) => decodeFlowStats(body, 0x06)],
    ['port descriptions', () => Buffer.concat([port(), port()]), decodePortDescs],
    ['port status', () => Buffer.concat([Buffer.alloc(8), port()]), decodePortStatus],
    ['ports of OpenFlow 1.0', () => Buffer.concat([Buffer.from([0, 13, 0, 0]), port10(), port10()]), decodePorts],
    ['port status of OpenFlow 1.0', () => Buffer.concat([Buffer.alloc(8), port10()]), decodePortConfigStatus],
  ];
  for (const [what, encode, decode] of decoders) {
    it(`is read or refused with a protocol error, and nothing else: ${what}`, () => {
      fc.assert(
        fc.property(anyFlow, mutations, fc.option(fc.nat()), (flow, changes, length) => {
          const body = Buffer.from(encode(flow));
          for (const { at, byte } of changes) body[at % body.length] = byte;
          try {
            decode(length === null ? body : body.subarray(0, length % body.length));
          } catch (error) {
            expect(error).to.be.instanceOf(ProtocolError);
          }
        }),
        { numRuns: runs(1000) },
      );
    });
  }
});

describe('a multipart reply', () => {
  const part = (type: number, more: boolean, byte: number): Buffer => {
    const body = encodeMultipart(type, Buffer.from([byte]));
    body.writeUInt16BE(more ? 1 : 0, 2);
    return body;
  };

  it('is whole after its last part', () => {
    const collector = new MultipartCollector(13, (body) => [...body], 10);
    expect(collector.accept(part(13, true, 1))).to.equal(undefined);
    expect(collector.accept(part(13, false, 2))).to.deep.equal([1, 2]);
  });

  it('is refused when a part is of another type, or when it goes on past its limit', () => {
    const collector = new MultipartCollector(13, (body) => [...body], 2);
    expect(() => collector.accept(part(1, true, 1))).to.throw(ProtocolError, 'type 1');
    collector.accept(part(13, true, 1));
    collector.accept(part(13, true, 1));
    expect(() => collector.accept(part(13, true, 1))).to.throw(ProtocolError, 'past 2');
  });
});

describe('a hello', () => {
  const hello = (body: Buffer, version = 0x06): number[] => offeredVersions({ version, type: 0, xid: 0, body });

  it('offers what its bitmap says', () => {
    expect(hello(encodeHello([0x06, 0x05]))).to.deep.equal([5, 6]);
    expect(hello(encodeHello([0x01]), 0x01)).to.deep.equal([1]);
  });

  it('offers every version up to its own without a bitmap', () => {
    expect(hello(Buffer.alloc(0), 0x04)).to.deep.equal([1, 2, 3, 4]);
  });

  it('may carry elements nobody knows', () => {
    expect(hello(Buffer.concat([Buffer.from('0009000500000000', 'hex'), encodeHello([0x05])]))).to.deep.equal([5]);
  });
});

describe('an error message', () => {
  const name = (hex: string): string => decodeError(Buffer.from(hex, 'hex'), 'x').errorName;

  it('has the name Open vSwitch gives it', () => {
    expect(name('00040009')).to.equal('OFPBMC_BAD_PREREQ');
    expect(name('0011000d')).to.equal('OFPBFC_MSG_FAILED');
    expect(name('0002000a')).to.equal('OFPBAC_MATCH_INCONSISTENT');
    expect(name('ffff000c00002320')).to.equal('NXFMFC_HARDWARE');
  });

  it('keeps its numbers when it has no name', () => {
    expect(name('00630063')).to.equal('error type 99 code 99');
    expect(name('ffff0001deadbeef')).to.equal('experimenter 0xdeadbeef error 1');
  });
});

describe('a port description', () => {
  it('tells number, name, MAC address and state', () => {
    expect(decodePortDescs(port())).to.deep.equal([
      { port: 5, name: 'vnet0', mac: '02:00:00:00:00:05', down: true, linkDown: true, config: 1, state: 5 },
    ]);
  });
});

describe('a port of OpenFlow 1.0', () => {
  it('tells number, MAC address and configuration', () => {
    const body = Buffer.concat([Buffer.from([0, 13, 0, 1]), port10(5), port10(0xfffe)]);
    expect(decodePorts(body)).to.deep.equal({
      ports: [
        { port: 5, mac: '02:00:00:00:00:05', config: 0x12 },
        { port: 0xfffffffe, mac: '02:00:00:00:00:05', config: 0x12 },
      ],
      more: true,
    });
  });

  it('is configured by its number and address', () => {
    const mod = { port: 0xfffffffe, mac: '02:00:00:00:00:05', config: 0x10, mask: 0x12 };
    expect(encodePortMod(mod).toString('hex')).to.equal('fffe02000000000500000010000000120000000000000000');
  });
});

function port10(number = 5): Buffer {
  const writer = new Writer().u16(number).bytes(Buffer.from('020000000005', 'hex'));
  return writer.zeros(16).u32(0x12).zeros(20).finish();
}

function port(): Buffer {
  const name = Buffer.alloc(16);
  name.write('vnet0');
  const head = new Writer().u32(5).u16(40).zeros(2).bytes(Buffer.from('020000000005', 'hex')).zeros(2);
  return head.bytes(name).u32(1).u32(5).finish();
}
