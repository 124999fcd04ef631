import { expect } from 'chai';
import fc from 'fast-check';
import { Port } from '../../../src/openflow/action.ts';
import { Reader, Writer } from '../../../src/openflow/bytes.ts';
import { InvalidFlow, ProtocolError } from '../../../src/openflow/errors.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { flowBody, flowKey } from '../../../src/openflow/flow-key.ts';
import { encodeFlowMod } from '../../../src/openflow/flow-mod-codec.ts';
import { decodeInstructions } from '../../../src/openflow/instruction-codec.ts';
import { UNTAGGED } from '../../../src/openflow/match.ts';
import { decodeMatch, encodeMatch } from '../../../src/openflow/match-codec.ts';
import type { Version } from '../../../src/openflow/message.ts';
import { flow as anyFlow } from './arbitraries.ts';
import { runs } from '../../support/runs.ts';

const VERSIONS: readonly Version[] = [0x05, 0x06];
const BASE: Flow = { table: 1, priority: 2, cookie: 3n, match: {}, actions: [] };

function decodeFlowMod(body: Buffer): Flow {
  const reader = new Reader(body, 'flow mod');
  const cookie = reader.u64();
  const table = reader.skip(8).u8();
  const priority = reader.skip(5).u16();
  const match = decodeMatch(reader.skip(16));
  return { table, priority, cookie, match, ...decodeInstructions(reader.rest()) };
}

function roundTrip(flow: Flow, version: Version): Flow {
  return decodeFlowMod(encodeFlowMod({ command: 'add', flow }, version));
}

function decodeMatchHex(hex: string): Flow['match'] {
  const tlvs = Buffer.from(hex, 'hex');
  return decodeMatch(
    new Reader(
      new Writer()
        .u16(1)
        .u16(4 + tlvs.length)
        .bytes(tlvs)
        .pad8(0)
        .finish(),
      'match',
    ),
  );
}

describe('a flow on the wire', () => {
  for (const version of VERSIONS) {
    it(`comes back as the same flow in OpenFlow 1.${version - 1}`, () => {
      fc.assert(
        fc.property(anyFlow, (flow) => {
          const back = roundTrip(flow, version);
          expect(flowKey(back)).to.equal(flowKey(flow));
          expect(flowBody(back)).to.equal(flowBody(flow));
        }),
        { numRuns: runs(1000) },
      );
    });

    it(`is canonical once it was read in OpenFlow 1.${version - 1}: reading it again changes nothing`, () => {
      fc.assert(
        fc.property(anyFlow, (flow) => {
          const once = roundTrip(flow, version);
          expect(roundTrip(once, version)).to.deep.equal(once);
        }),
      );
    });

    it(`never crashes the decoder in OpenFlow 1.${version - 1}, whatever bytes are changed or cut`, () => {
      const mutation = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.option(fc.nat()) });
      fc.assert(
        fc.property(anyFlow, fc.array(mutation, { minLength: 1, maxLength: 5 }), (flow, mutations) => {
          let body = Buffer.from(encodeFlowMod({ command: 'add', flow }, version));
          for (const { at, byte, cut } of mutations) {
            if (body.length > 0) body[at % body.length] = byte;
            if (cut !== null) body = body.subarray(0, cut % (body.length + 1));
          }
          try {
            // What is still a flow must have an identity too.
            const flow = decodeFlowMod(body);
            flowKey(flow);
            flowBody(flow);
          } catch (error) {
            expect(error).to.satisfy(
              (thrown: unknown) => thrown instanceof ProtocolError || thrown instanceof InvalidFlow,
            );
          }
        }),
        { numRuns: runs(3000) },
      );
    });
  }
});

describe('the identity of a flow', () => {
  const same: readonly (readonly [string, Flow['match'], Flow['match']])[] = [
    [
      'a mask of all ones',
      { ethDst: { value: '02:00:00:00:00:01', mask: 'ff:ff:ff:ff:ff:ff' } },
      { ethDst: { value: '02:00:00:00:00:01' } },
    ],
    ['a mask of zeros', { ethDst: { value: '02:00:00:00:00:01', mask: '00:00:00:00:00:00' } }, {}],
    [
      'value bits outside the mask',
      { regs: { 0: { value: 0xff, mask: 0x0f } } },
      { regs: { 0: { value: 0x0f, mask: 0x0f } } },
    ],
    ['all 13 bits of the VLAN', { vlan: UNTAGGED }, { vlan: { value: 0 } }],
    [
      'the case of a MAC address',
      { ethSrc: { value: '0A:00:00:00:00:FF' } },
      { ethSrc: { value: '0a:00:00:00:00:ff' } },
    ],
    ['the notation of an IPv6 address', { ipv6Src: { value: 'FE80:0::1' } }, { ipv6Src: { value: 'fe80::1' } }],
    ['the order of members', { ethType: 0x806, inPort: 1 }, { inPort: 1, ethType: 0x806 }],
  ];
  for (const [what, one, other] of same) {
    it(`does not depend on ${what}`, () => {
      expect(flowKey({ ...BASE, match: one })).to.equal(flowKey({ ...BASE, match: other }));
    });
  }

  it('depends on table, priority and match, and on nothing else', () => {
    const key = flowKey(BASE);
    expect(flowKey({ ...BASE, table: 2 })).not.to.equal(key);
    expect(flowKey({ ...BASE, priority: 3 })).not.to.equal(key);
    expect(flowKey({ ...BASE, match: { inPort: 1 } })).not.to.equal(key);
    expect(flowKey({ ...BASE, cookie: 9n, actions: [{ type: 'popVlan' }] })).to.equal(key);
  });

  it('leaves actions, goto-table and cookie to the body', () => {
    const body = flowBody(BASE);
    expect(flowBody({ ...BASE, cookie: 9n })).not.to.equal(body);
    expect(flowBody({ ...BASE, gotoTable: 5 })).not.to.equal(body);
    expect(flowBody({ ...BASE, actions: [{ type: 'popVlan' }] })).not.to.equal(body);
    expect(flowBody({ ...BASE, table: 7, match: { inPort: 1 } })).to.equal(body);
  });

  it('takes a resubmit that names OFPP_IN_PORT for one that names no port', () => {
    const named: Flow = { ...BASE, actions: [{ type: 'resubmit', table: 3, inPort: 0xfff8 }] };
    expect(flowBody(named)).to.equal(flowBody({ ...BASE, actions: [{ type: 'resubmit', table: 3 }] }));
  });
});

describe('a match that was read', () => {
  it('keeps fields without a name as the bytes they are, and can be written again', () => {
    const dscp = '80001001' + '2e';
    const match = decodeMatchHex('80000a020800' + dscp);
    expect(match).to.deep.equal({ ethType: 0x0800, unknown: [dscp] });
    const writer = new Writer();
    encodeMatch(writer, match);
    expect(decodeMatch(new Reader(writer.finish(), 'match'))).to.deep.equal(match);
  });

  it('keeps a masked port among the unknown, for a bare number cannot say it', () => {
    const tlv = '80001b04' + '1000f000';
    expect(decodeMatchHex(tlv)).to.deep.equal({ unknown: [tlv] });
  });

  it('splits a 64-bit packet register of OpenFlow 1.5 into its two registers', () => {
    const exact = '80010008' + '0000083600000001';
    expect(decodeMatchHex(exact)).to.deep.equal({ regs: { 0: { value: 0x836 }, 1: { value: 1 } } });
    const masked = '80010310' + '00000000000000f0' + '00000000000000ff';
    expect(decodeMatchHex(masked)).to.deep.equal({ regs: { 3: { value: 0xf0, mask: 0xff } } });
  });

  it('drops the Ethernet packet type that OVS adds in OpenFlow 1.5', () => {
    expect(decodeMatchHex('80005804' + '00000000')).to.deep.equal({});
  });
});

describe('an action that was read', () => {
  const actions = (hex: string): Flow['actions'] => {
    const raw = Buffer.from(hex, 'hex');
    return decodeInstructions(
      new Writer()
        .u16(4)
        .u16(8 + raw.length)
        .zeros(4)
        .bytes(raw)
        .finish(),
    ).actions;
  };

  it('is a load for every run of bits a set-field writes, from the lowest up', () => {
    const setField = '00190010' + '00010108' + '00aa00bb' + '00ff00ff';
    expect(actions(setField)).to.deep.equal([
      { type: 'load', to: { field: 'reg0', offset: 0, bits: 8 }, value: 0xbbn },
      { type: 'load', to: { field: 'reg0', offset: 16, bits: 8 }, value: 0xaan },
    ]);
  });

  it('keeps its bytes when this library has no name for it', () => {
    const group = '0016000800000001';
    expect(actions(group)).to.deep.equal([{ type: 'unknown', hex: group }]);
  });

  it('keeps a cut length for the controller apart from a whole frame', () => {
    expect(actions('00000010' + 'fffffffd' + 'ffff' + '000000000000')).to.deep.equal([
      { type: 'output', port: Port.CONTROLLER },
    ]);
    expect(actions('00000010' + 'fffffffd' + '0080' + '000000000000')).to.have.nested.property('[0].type', 'unknown');
  });
});

describe('a flow OpenFlow cannot express', () => {
  const bad: readonly (readonly [string, Partial<Flow>, RegExp])[] = [
    ['a table of 255', { table: 255 }, /table 255/],
    ['a priority of 65536', { priority: 65536 }, /priority 65536/],
    ['a cookie of 65 bits', { cookie: 1n << 64n }, /64 bits/],
    ['a MAC address of five bytes', { match: { ethSrc: { value: '02:00:00:00:01' } } }, /ethSrc.*not a MAC/],
    ['an IPv4 address of three parts', { match: { arpSpa: { value: '10.0.1' } } }, /arpSpa.*not an IPv4/],
    ['an IPv6 address with a zone', { match: { ndTarget: { value: 'fe80::1%eth0' } } }, /ndTarget.*not an IPv6/],
    ['a VLAN of 14 bits', { match: { vlan: { value: 0x2000 } } }, /vlan.*13 bits/],
    ['register 16', { match: { regs: { 16: { value: 1 } } } }, /reg16/],
    [
      'a load wider than its target',
      { actions: [{ type: 'load', to: { field: 'vlan_tci', offset: 0, bits: 12 }, value: 4096n }] },
      /vlan_tci/,
    ],
    [
      'bits past the end of a field',
      { actions: [{ type: 'load', to: { field: 'reg0', offset: 20, bits: 13 }, value: 0n }] },
      /32 bits/,
    ],
    [
      'a move between different widths',
      {
        actions: [
          { type: 'move', from: { field: 'reg0', offset: 0, bits: 8 }, to: { field: 'reg1', offset: 0, bits: 9 } },
        ],
      },
      /8 bits.*9 bits/,
    ],
    ['a goto to table 255', { gotoTable: 255 }, /goto_table 255/],
  ];
  for (const [what, part, message] of bad) {
    it(`is refused before it is sent, and told why: ${what}`, () => {
      for (const version of VERSIONS) {
        expect(() => encodeFlowMod({ command: 'add', flow: { ...BASE, ...part } }, version)).to.throw(
          InvalidFlow,
          message,
        );
      }
    });
  }
});
