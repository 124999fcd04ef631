import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Flow } from '../../../src/openflow/flow.ts';
import { encodeFlowMod } from '../../../src/openflow/flow-mod-codec.ts';
import { formatFlow } from '../../../src/openflow/format-flow.ts';
import { encodeMessage, MessageType, type Version } from '../../../src/openflow/message.ts';
import { flow as anyFlow } from '../../unit/openflow/arbitraries.ts';

/** `ovs-ofctl` is the judge: it prints our bytes, and it parses our text. */
describe('ovs-ofctl', () => {
  let folder = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ofctl-'));
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function judge(version: Version, command: string, content: string | Buffer): string[] {
    const file = join(folder, 'input');
    writeFileSync(file, content);
    const output = execFileSync('ovs-ofctl', [`-OOpenFlow1${version - 1}`, command, file], { encoding: 'utf8' });
    const lines = output.split('\n').filter((line) => line.startsWith('OFPT_FLOW_MOD'));
    return lines.map((line) => line.replace(/xid=0x[0-9a-f]+/, 'xid'));
  }

  function ofprint(version: Version, flows: readonly Flow[], command: 'add' | 'deleteStrict' = 'add'): string[] {
    const bodies = flows.map((flow) => encodeFlowMod({ command, flow, cookieMask: 0xff00n }, version));
    const messages = bodies.map((body, index) => encodeMessage(version, MessageType.FLOW_MOD, index + 1, body));
    return judge(version, 'ofp-parse', Buffer.concat(messages));
  }

  for (const version of [0x05, 0x06] as const) {
    it(`reads the same flow from our OpenFlow 1.${version - 1} bytes as from our text`, () => {
      // ovs-ofctl takes the leading digits of an IPv6 mask for a prefix length, and so cannot read all it prints.
      const illegible = /(ipv6_src|ipv6_dst|nd_target)=[0-9a-f:.]+\/\d+[a-f:]/;
      const flows = fc
        .sample(anyFlow, { numRuns: 1000, seed: 5517 })
        .filter((flow) => !illegible.test(formatFlow(flow)));
      const fromBytes = ofprint(version, flows);
      const fromText = judge(version, 'parse-flows', flows.map(formatFlow).join('\n'));
      expect(fromBytes).to.have.length(flows.length).above(800);
      expect(fromBytes).to.deep.equal(fromText);
    });
  }

  it('prints the flows of a PVLAN pipeline just as formatFlow does', () => {
    const flow: Flow = {
      table: 20,
      priority: 200,
      cookie: 0xabcn,
      match: {
        regs: { 0: { value: 0x836 } },
        ethDst: { value: '01:00:00:00:00:00', mask: '01:00:00:00:00:00' },
      },
      actions: [
        { type: 'load', to: { field: 'vlan_tci', offset: 0, bits: 16 }, value: 0n },
        { type: 'output', port: 3 },
      ],
    };
    const text =
      'cookie=0xabc, table=20, priority=200,reg0=0x836,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=load:0->NXM_OF_VLAN_TCI[],output:3';
    expect(formatFlow(flow)).to.equal(text);
    expect(ofprint(0x05, [flow])).to.deep.equal([
      'OFPT_FLOW_MOD (OF1.4) (xid): ADD table:20 priority=200,reg0=0x836,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 cookie:0xabc actions=load:0->NXM_OF_VLAN_TCI[],output:3',
    ]);
  });

  it('sees a strict deletion with our cookie and its mask', () => {
    const flow: Flow = { table: 4, priority: 7, cookie: 0x4200n, match: { inPort: 9 }, actions: [] };
    for (const version of [0x05, 0x06] as const) {
      const [line] = ofprint(version, [flow], 'deleteStrict');
      expect(line).to.contain('DEL_STRICT table:4 priority=7,in_port=9 cookie:0x4200/0xff00');
    }
  });
});
