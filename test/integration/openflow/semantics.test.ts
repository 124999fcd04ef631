import { expect } from 'chai';
import { type Action, Port } from '../../../src/openflow/action.ts';
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { type Match, taggedWith, UNTAGGED, UNTAGGED_OR_PRIORITY } from '../../../src/openflow/match.ts';
import { Server } from './server.ts';

const EVERYTHING = { cookie: 0n, cookieMask: 0n };
const UNTAGGED_FRAME = 'dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02';
const STRIP: Action = { type: 'load', to: { field: 'vlan_tci', offset: 0, bits: 16 }, value: 0n };
const tag = (vid: number): Action => ({
  type: 'load',
  to: { field: 'vlan_tci', offset: 0, bits: 13 },
  value: BigInt(0x1000 | vid),
});
const output = (port: number): Action => ({ type: 'output', port });

/** What the actions and matches this library writes mean to Open vSwitch, as `ofproto/trace` tells. */
for (const version of [0x05, 0x06] as const) {
  describe(`what Open vSwitch does with OpenFlow 1.${version - 1} flows`, () => {
    let server: Server;
    let connection: OpenFlowConnection;

    before(async () => {
      server = await Server.start();
      connection = await OpenFlowConnection.connect(await server.addBridge('br0', 3), { versions: [version] });
    });

    afterEach(async () => {
      await server.ofctl('br0', 'del-flows');
    });

    after(async () => {
      connection.close();
      await server.stop();
    });

    async function trace(frame: string): Promise<string> {
      const text = await server.appctl('ofproto/trace', 'br0', `in_port=1,${frame}`);
      return /Datapath actions: (.*)/.exec(text)?.[1] ?? text;
    }

    async function install(match: Match, ...actions: Action[]): Promise<void> {
      const flow: Flow = { table: 0, priority: 10, cookie: 1n, match, actions };
      await connection.commit([{ command: 'add', flow }]);
    }

    it('strips a tag by loading zero, and passes an untagged frame as it is', async () => {
      await install({}, STRIP, output(2));
      expect(await trace(UNTAGGED_FRAME)).to.equal('2');
      expect(await trace(`${UNTAGGED_FRAME},dl_vlan=2102`)).to.equal('pop_vlan,2');
    });

    it('tags by loading the thirteen low bits, and replaces a tag', async () => {
      await install({}, tag(2102), output(2));
      expect(await trace(UNTAGGED_FRAME)).to.equal('push_vlan(vid=2102,pcp=0),2');
      expect(await trace(`${UNTAGGED_FRAME},dl_vlan=7`)).to.equal('pop_vlan,push_vlan(vid=2102,pcp=0),2');
    });

    it('lets a frame go back where it came from once its in_port is no port', async () => {
      await install({}, output(1), output(2));
      expect(await trace(UNTAGGED_FRAME)).to.equal('2');
      await install(
        {},
        { type: 'load', to: { field: 'in_port', offset: 0, bits: 16 }, value: 0xffffn },
        output(1),
        output(2),
      );
      expect(await trace(UNTAGGED_FRAME)).to.equal('1,2');
    });

    it('still switches a frame whose in_port is no port by NORMAL, to every port', async () => {
      const noPort: Action = { type: 'load', to: { field: 'in_port', offset: 0, bits: 16 }, value: 0xffffn };
      await install({}, noPort, output(Port.NORMAL));
      expect(await trace(UNTAGGED_FRAME))
        .to.contain('2')
        .and.contain('3');
    });

    it('moves a register into the tag', async () => {
      const vid: Action = { type: 'load', to: { field: 'reg0', offset: 0, bits: 32 }, value: 2102n };
      const move: Action = {
        type: 'move',
        from: { field: 'reg0', offset: 0, bits: 12 },
        to: { field: 'vlan_tci', offset: 0, bits: 12 },
      };
      await install({}, { type: 'pushVlan', ethertype: 0x8100 }, vid, move, output(2));
      expect(await trace(UNTAGGED_FRAME)).to.equal('push_vlan(vid=2102,pcp=0),2');
    });

    const frames = {
      untagged: UNTAGGED_FRAME,
      priority: `${UNTAGGED_FRAME},vlan_tci=0x1000`,
      tagged: `${UNTAGGED_FRAME},dl_vlan=2102`,
    };
    const vlans: readonly (readonly [string, Match['vlan'] & object, readonly string[]])[] = [
      ['untagged frames alone', UNTAGGED, ['untagged']],
      ['untagged and priority-tagged frames', UNTAGGED_OR_PRIORITY, ['untagged', 'priority']],
      ['frames of one VLAN', taggedWith(2102), ['tagged']],
      ['priority-tagged frames alone', taggedWith(0), ['priority']],
      ['all tagged frames', { value: 0x1000, mask: 0x1000 }, ['priority', 'tagged']],
    ];
    for (const [what, vlan, expected] of vlans) {
      it(`matches ${what}`, async () => {
        await install({ vlan }, output(2));
        const [installed] = await connection.readFlows(EVERYTHING);
        expect(installed?.match).to.have.property('vlan');
        const matched = [];
        for (const [name, frame] of Object.entries(frames)) if ((await trace(frame)) === '2') matched.push(name);
        expect(matched).to.deep.equal(expected);
      });
    }

    it('keeps fields, actions and instructions we have no name for, and deletes such a flow by what was read', async () => {
      await server.ofctl(
        'br0',
        'add-flow',
        'cookie=0x9,priority=3,tcp,nw_tos=32,tcp_flags=+syn,reg1=5,actions=dec_ttl,set_field:7->tun_id,write_metadata:0x5,goto_table:2',
      );
      const [flow] = await connection.readFlows(EVERYTHING);
      expect(flow?.match.unknown).to.have.length(2);
      expect(flow?.match.regs).to.deep.equal({ 1: { value: 5 } });
      expect(flow?.actions.map(({ type }) => type)).to.deep.equal(['unknown', 'unknown']);
      expect(flow?.unknownInstructions).to.have.length(1);
      expect(flow?.gotoTable).to.equal(2);
      await connection.commit([{ command: 'deleteStrict', flow: flow!, cookieMask: 0xffffn }]);
      expect(await connection.readFlows(EVERYTHING)).to.have.length(0);
    });
  });
}
