import { expect } from 'chai';
import { Dict } from '../../../src/base/dict.ts';
import { OpenFlowConnection } from '../../../src/openflow/connection.ts';
import type { Flow, FlowMod } from '../../../src/openflow/flow.ts';
import { everyone, floodList, sliceFlows, toList } from '../../../src/pipeline/flood-list.ts';
import { layoutFrom } from '../../../src/pipeline/layout.ts';
import type { VlanId } from '../../../src/pvlan/vlan-id.ts';
import { Server } from './server.ts';

const LAYOUT = layoutFrom(60, 145);
const PRIMARY = 2102 as VlanId;
/** More than one flow has room for. */
const GUESTS = 5200;
/** The bridge has so many of them as ports; Open vSwitch takes outputs to others, which lead nowhere. */
const PLUGGED = 40;

describe('a flood list longer than one flow has room for', () => {
  let server: Server;

  before(async () => {
    server = await Server.start();
    await server.addBridge('br0', PLUGGED);
  });

  after(async () => {
    await server.stop();
  });

  it('is taken by Open vSwitch, and reaches each port once but the one that the frame came in by', async () => {
    const members = Array.from({ length: GUESTS }, (_, index) => {
      return [`p${index}`, { ofport: index + 1, primary: PRIMARY, community: 0 }] as const;
    });
    const list = floodList(everyone(PRIMARY), undefined, Dict.of(members), LAYOUT);
    const cookie = 0n;
    const root: Flow = {
      table: 0,
      priority: 1,
      cookie,
      match: {},
      actions: [
        { type: 'load', to: { field: 'reg0', offset: 0, bits: 32 }, value: BigInt(PRIMARY) },
        ...toList(list, LAYOUT),
      ],
    };
    const flat: Flow = { ...root, actions: members.map(([, { ofport: port }]) => ({ type: 'output', port })) };
    const connection = await OpenFlowConnection.connect(server.remote('br0'));
    try {
      const add = (flows: readonly Flow[]): Promise<void> =>
        connection.commit(flows.map((flow): FlowMod => ({ command: 'add', flow })));
      const refused = await add([flat]).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(refused).to.be.instanceOf(Error);
      await add([root, ...sliceFlows(list)]);
    } finally {
      connection.close();
    }
    const trace = await server.appctl('ofproto/trace', 'br0', 'in_port=7,dl_dst=ff:ff:ff:ff:ff:ff');
    const actions = /Datapath actions: (.*)/.exec(trace)?.[1] ?? '';
    expect(new Set(actions.split(',')).size).to.equal(PLUGGED - 1);
    expect(actions.split(',')).to.have.length(PLUGGED - 1);
  });
});
