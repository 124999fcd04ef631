import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { firstValueFrom, type Subscription } from 'rxjs';
import { type ConnectOptions, OpenFlowConnection } from '../../../src/openflow/connection.ts';
import { BundleRefused, SwitchError, VersionRefused } from '../../../src/openflow/errors.ts';
import type { Flow, FlowMod } from '../../../src/openflow/flow.ts';
import { flowBody, flowKey } from '../../../src/openflow/flow-key.ts';
import type { FlowChange } from '../../../src/openflow/flow-monitor.ts';
import { formatFlow } from '../../../src/openflow/format-flow.ts';
import type { PortStatus } from '../../../src/openflow/port.ts';
import { flow as anyFlow } from '../../unit/openflow/arbitraries.ts';
import { needsFlowMonitor } from '../../support/release-at-hand.ts';
import { Server, until } from './server.ts';

/** Many flows, the same in every run. */
const SAMPLE = { numRuns: 400, seed: 5517 };
const EVERYTHING = { cookie: 0n, cookieMask: 0n };
const OURS = { cookie: 0x5000_0000_0000_0000n, cookieMask: 0xff00_0000_0000_0000n };

function ours(part: Partial<Flow>): Flow {
  return { table: 0, priority: 100, cookie: OURS.cookie | 1n, match: {}, actions: [], ...part };
}

const add = (flow: Flow): FlowMod => ({ command: 'add', flow });
const remove = (flow: Flow): FlowMod => ({ command: 'deleteStrict', flow, cookieMask: OURS.cookieMask });

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a connection to Open vSwitch', () => {
  let server: Server;
  let connection: OpenFlowConnection | undefined;
  let watching: Subscription | undefined;

  async function connect(bridge: string, options: ConnectOptions = {}): Promise<OpenFlowConnection> {
    connection = await OpenFlowConnection.connect(server.remote(bridge), options);
    return connection;
  }

  before(async () => {
    server = await Server.start();
    await server.addBridge('br0', 3);
  });

  afterEach(async () => {
    watching?.unsubscribe();
    connection?.close();
    await server.ofctl('br0', 'del-flows');
  });

  after(async () => {
    await server.stop();
  });

  it('prefers OpenFlow 1.5', async () => {
    const { version, features } = await connect('br0');
    expect(version).to.equal(0x06);
    expect(features.tables).to.equal(254);
    const id = await server.vsctl('get', 'bridge', 'br0', 'datapath_id');
    expect(`"${features.datapathId.toString(16).padStart(16, '0')}"`).to.equal(id.trim());
  });

  it('takes OpenFlow 1.4 from a bridge that has no more', async () => {
    await server.addBridge('br14', 0, 'protocols=OpenFlow10,OpenFlow14');
    expect((await connect('br14')).version).to.equal(0x05);
  });

  it('names the protocols column and the remedy when the bridge has neither', async () => {
    await server.addBridge('br10', 0, 'protocols=OpenFlow10');
    const error = await failure(connect('br10'));
    expect(error).to.be.instanceOf(VersionRefused);
    expect(error).to.have.property('offered').that.deep.equals([1]);
    expect((error as Error).message)
      .to.contain('bridge br10 ')
      .and.contain('column "protocols"')
      .and.contain('ovs-vsctl set bridge br10 protocols=OpenFlow10,OpenFlow14,OpenFlow15');
  });

  it('tells who to ask when the bridge has no socket', async () => {
    const error = await failure(OpenFlowConnection.connect(server.remote('nobr')));
    expect(error).to.have.property('code', 'ENOENT');
    expect((error as Error).message).to.match(/bridge nobr has no socket at .*nobr\.mgmt: mount the folder/);
  });

  it('formats flows just as ovs-ofctl dumps them', async () => {
    const switched = await connect('br0', { versions: [0x05] });
    await switched.commit(fc.sample(anyFlow, SAMPLE).map(add));
    const formatted = (await switched.readFlows(EVERYTHING)).map(formatFlow).sort();
    const dumped = (await server.ofctl('br0', 'dump-flows')).split('\n').map((line) => line.trim());
    const differing = dumped.filter((line) => line !== '' && !formatted.includes(line));
    expect(differing).to.deep.equal([]);
    expect(formatted).to.have.length(dumped.filter((line) => line !== '').length);
  });

  for (const version of [0x05, 0x06] as const) {
    describe(`in OpenFlow 1.${version - 1}`, () => {
      it('reads back every flow as it was installed', async () => {
        const switched = await connect('br0', { versions: [version] });
        const wanted = new Map(fc.sample(anyFlow, SAMPLE).map((flow) => [flowKey(flow), flow]));
        await switched.commit([...wanted.values()].map(add));
        const installed = new Map((await switched.readFlows(EVERYTHING)).map((flow) => [flowKey(flow), flow]));
        for (const [key, flow] of wanted) {
          const found = installed.get(key);
          expect(found, `${formatFlow(flow)} is missing`).not.to.equal(undefined);
          expect(flowBody(found!), formatFlow(flow)).to.equal(flowBody(flow));
        }
        expect(installed.size).to.equal(wanted.size);
      });

      it('reads by cookie and table', async () => {
        const switched = await connect('br0', { versions: [version] });
        await server.ofctl('br0', 'add-flow', 'cookie=0x1234,table=3,actions=drop');
        await switched.commit([add(ours({})), add(ours({ table: 3 }))]);
        expect(await switched.readFlows(OURS)).to.have.length(2);
        expect(await switched.readFlows({ ...OURS, table: 3 })).to.have.length(1);
        expect(await switched.readFlows({ ...EVERYTHING, table: 3 })).to.have.length(2);
        expect(await switched.readFlows(EVERYTHING)).to.have.length(3);
      });

      it('deletes its own flow and leaves a foreign one in the same place alone', async () => {
        const switched = await connect('br0', { versions: [version] });
        const own = ours({ match: { inPort: 1 } });
        const foreign = ours({ match: { inPort: 2 } });
        await switched.commit([add(own)]);
        await server.ofctl('br0', 'add-flow', 'cookie=0x1234,priority=100,in_port=2,actions=drop');
        await server.ofctl('br0', 'add-flow', 'cookie=0x1234,priority=99,in_port=1,actions=drop');
        await switched.commit([remove(own), remove(foreign)]);
        const left = await switched.readFlows(EVERYTHING);
        expect(left.map((flow) => [flow.cookie, flow.priority]).sort()).to.deep.equal([
          [0x1234n, 100],
          [0x1234n, 99],
        ]);
      });

      it('applies nothing of a bundle with one bad flow, and names it', async () => {
        const switched = await connect('br0', { versions: [version] });
        await switched.commit([add(ours({ priority: 1 }))]);
        const bad = add(ours({ match: { arpOp: 1 } }));
        const mods = [remove(ours({ priority: 1 })), add(ours({ priority: 2 })), bad, add(ours({ priority: 3 }))];
        const error = await failure(switched.commit(mods));
        expect(error).to.be.instanceOf(BundleRefused);
        const refused = error as BundleRefused;
        expect(refused.index).to.equal(2);
        expect(refused.mod).to.equal(bad);
        expect(refused.reason).to.be.instanceOf(SwitchError).and.have.property('errorName', 'OFPBMC_BAD_PREREQ');
        expect(refused.message).to.contain('change 3 of 4').and.contain('OFPBMC_BAD_PREREQ').and.contain('arp_op=1');
        expect((await switched.readFlows(EVERYTHING)).map((flow) => flow.priority)).to.deep.equal([1]);
        await switched.commit([remove(ours({ priority: 1 }))]);
        expect(await switched.readFlows(EVERYTHING)).to.have.length(0);
      });

      it('applies nothing of a bundle the switch refuses only at its commit', async () => {
        const switched = await connect('br0', { versions: [version] });
        const table = await server.vsctl(
          '--',
          '--id=@t',
          'create',
          'flow_table',
          'flow_limit=1',
          '--',
          'set',
          'bridge',
          'br0',
          'flow_tables:7=@t',
        );
        expect(table).to.match(/\S/);
        const mods = [1, 2, 3].map((priority) => add(ours({ table: 7, priority })));
        const error = await failure(switched.commit(mods));
        await server.vsctl('clear', 'bridge', 'br0', 'flow_tables');
        expect(error).to.be.instanceOf(BundleRefused);
        expect((error as BundleRefused).reason).to.have.property('errorName', 'OFPFMFC_TABLE_FULL');
        expect((error as BundleRefused).index).to.equal(1);
        expect(await switched.readFlows(EVERYTHING)).to.have.length(0);
      });

      it('applies nothing of a bundle with a flow that cannot be written', async () => {
        const switched = await connect('br0', { versions: [version] });
        const error = await failure(
          switched.commit([add(ours({})), add(ours({ match: { ethSrc: { value: 'no' } } }))]),
        );
        expect(error).to.be.instanceOf(BundleRefused).and.have.nested.property('reason.code', 'INVALID_FLOW');
        expect((error as BundleRefused).index).to.equal(1);
        expect(await switched.readFlows(EVERYTHING)).to.have.length(0);
      });

      it('applies 5,000 flows in one bundle', async () => {
        const switched = await connect('br0', { versions: [version] });
        const flows = Array.from({ length: 5000 }, (_, index) => ours({ match: { regs: { 0: { value: index } } } }));
        await switched.commit(flows.map(add));
        expect(await switched.readFlows(OURS)).to.have.length(5000);
        await switched.commit(flows.map(remove));
        expect(await switched.readFlows(OURS)).to.have.length(0);
      });

      it('lists the ports', async () => {
        const switched = await connect('br0', { versions: [version] });
        const ports = await switched.ports();
        expect(ports.map(({ port, name }) => [port, name])).to.have.deep.members([
          [0xfffffffe, 'br0'],
          [1, 'br0-1'],
          [2, 'br0-2'],
          [3, 'br0-3'],
        ]);
      });

      it('reports ports that come, change and go', async () => {
        const switched = await connect('br0', { versions: [version] });
        const seen: PortStatus[] = [];
        watching = switched.portStatus$.subscribe((status) => seen.push(status));
        await switched.barrier();
        const has = (event: string) => (): boolean =>
          seen.some((status) => status.event === event && status.port.name === 'extra');
        await server.vsctl('add-port', 'br0', 'extra', '--', 'set', 'interface', 'extra', 'type=dummy');
        await until(has('added'), 'the new port');
        await server.ofctl('br0', 'mod-port', 'extra', 'down');
        await until(
          () => seen.some(({ event, port }) => event === 'modified' && port.name === 'extra' && port.down),
          'the port down',
        );
        await server.vsctl('del-port', 'br0', 'extra');
        await until(has('deleted'), 'the deletion');
      });

      it('monitors what others do to the flows, and marks what it did itself', async function () {
        needsFlowMonitor(this);
        const switched = await connect('br0', { versions: [version] });
        const seen: FlowChange[] = [];
        watching = switched.monitorFlows().subscribe((change) => seen.push(change));
        await switched.barrier();
        await server.ofctl('br0', 'add-flow', 'cookie=0x77,table=2,in_port=1,actions=output:2');
        await server.ofctl('br0', 'mod-flows', 'table=2,in_port=1,actions=output:3');
        await server.ofctl('br0', 'del-flows', 'table=2');
        await until(() => seen.length >= 3, 'three changes');
        const flow: Flow = {
          table: 2,
          priority: 32768,
          cookie: 0x77n,
          match: { inPort: 1 },
          actions: [{ type: 'output', port: 2 }],
        };
        const changed: Flow = { ...flow, actions: [{ type: 'output', port: 3 }] };
        expect(seen).to.deep.equal([
          { event: 'added', own: false, flow },
          { event: 'modified', own: false, flow: changed },
          { event: 'removed', own: false, flow: changed },
        ]);
        seen.length = 0;
        await switched.commit([add(ours({})), add(ours({ priority: 5 }))]);
        await until(() => seen.length > 0, 'our own change');
        expect(seen.map((change) => change.own)).to.deep.equal([true]);
      });

      it('knows the flows from its monitor even when the switch had to pause it', async function () {
        needsFlowMonitor(this);
        const switched = await connect('br0', { versions: [version] });
        const events = new Set<string>();
        const flows = new Map<string, string>();
        watching = switched.monitorFlows().subscribe((change) => {
          events.add(change.event);
          if (!('flow' in change)) return;
          if (change.event === 'removed') flows.delete(flowKey(change.flow));
          else flows.set(flowKey(change.flow), flowBody(change.flow));
        });
        await switched.barrier();
        const file = join(server.folder, 'many.flows');
        const lines = Array.from(
          { length: 30_000 },
          (_, index) => `table=1,reg0=${index},actions=output:${(index % 3) + 1}`,
        );
        await writeFile(file, [...lines, 'delete table=1,reg0=0/1', 'add table=1,reg0=1,actions=drop'].join('\n'));
        // While this process waits for the child it reads nothing, so the switch has to hold its news back.
        execFileSync('ovs-ofctl', ['-OOpenFlow14', 'add-flows', server.remote('br0').slice('unix:'.length), file]);
        await until(() => events.has('resumed'), 'the end of the pause');
        const read = await switched.readFlows(EVERYTHING);
        expect(events).to.include('paused');
        expect(read).to.have.length(15_000);
        expect(new Map(read.map((flow) => [flowKey(flow), flowBody(flow)]))).to.deep.equal(flows);
      });

      it('may monitor again after it has stopped', async function () {
        needsFlowMonitor(this);
        const switched = await connect('br0', { versions: [version] });
        switched.monitorFlows().subscribe().unsubscribe();
        const change = firstValueFrom(switched.monitorFlows());
        await switched.barrier();
        await server.ofctl('br0', 'add-flow', 'table=2,actions=drop');
        expect((await change).event).to.equal('added');
      });
    });
  }
});
