import { expect } from 'chai';
import fc from 'fast-check';
import { DisconnectedError, RpcError } from '../../../src/ovsdb/errors.ts';
import type { OvsdbSession } from '../../../src/ovsdb/session.ts';
import { TestServer, until } from './server.ts';
import { addBridge, bridgeNamed, session } from './sessions.ts';

const names = ['br0', 'br1', 'br2', 'br3'];

describe('changes of conditions', () => {
  let server: TestServer;
  let client: OvsdbSession;

  before(async () => {
    server = await TestServer.start();
    await server.vsctl('init');
    const writer = session(`unix:${server.socket}`);
    await writer.ready({ timeoutMs: 5000 });
    for (const name of names) await writer.transact(addBridge(name));
    writer.close();
  });

  beforeEach(async () => {
    client = session(`unix:${server.socket}`);
    await client.ready({ timeoutMs: 5000 });
  });

  afterEach(() => {
    client.close();
  });

  after(() => server.stop());

  const seen = (): string[] => names.filter((name) => bridgeNamed(client, name) !== undefined);
  const only = (name: string) => ({ Bridge: [['name', '==', name]] }) as const;
  const nonsense = { Bridge: [['nonsense', '==', 1]] } as const;
  const failure = (promise: Promise<void>): Promise<unknown> => promise.catch((error: unknown) => error);

  async function again(): Promise<void> {
    await server.kill();
    await until('disconnected', () => client.state.kind !== 'synced');
    await server.up();
    await client.ready({ timeoutMs: 5000 });
  }

  it('keeps the second of two, the first of which is refused, over a reconnect', async () => {
    const [first, second] = [failure(client.setConditions(nonsense)), client.setConditions(only('br1'))];
    expect(await first).to.be.instanceOf(RpcError);
    await second;
    expect(seen()).to.deep.equal(['br1']);
    await again();
    expect(seen()).to.deep.equal(['br1']);
  });

  it('puts those that are set while there is no connection to the next server, which may refuse them', async () => {
    await server.kill();
    await until('disconnected', () => client.state.kind !== 'synced');
    const [first, second] = [failure(client.setConditions(nonsense)), client.setConditions(only('br2'))];
    await server.up();
    expect(await first).to.be.instanceOf(RpcError);
    await second;
    expect(client.state.kind).to.equal('synced');
    expect(seen()).to.deep.equal(['br2']);
  });

  it('takes one up again that was under way when the connection was lost', async () => {
    server.pause();
    const change = client.setConditions(only('br3'));
    server.resume();
    await again();
    await change;
    expect(seen()).to.deep.equal(['br3']);
  });

  it('rejects what is not settled when the session is closed', async () => {
    await server.kill();
    await until('disconnected', () => client.state.kind !== 'synced');
    const change = failure(client.setConditions(only('br3')));
    client.close();
    expect(await change).to.be.instanceOf(DisconnectedError);
    await server.up();
  });

  it('end, in any order and with any loss of the connection, with what was accepted last', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...names, 'nonsense') },
      { weight: 1, arbitrary: fc.constant('lose') },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        const changes: Promise<unknown>[] = [];
        let last: string | undefined;
        await client.setConditions({ Bridge: [] });
        for (const what of steps) {
          if (what === 'lose') await again();
          else if (what === 'nonsense') changes.push(failure(client.setConditions(nonsense)));
          else {
            changes.push(client.setConditions(only(what)));
            last = what;
          }
        }
        await Promise.all(changes);
        const expected = last === undefined ? names : [last];
        expect(seen()).to.deep.equal(expected);
        await again();
        expect(seen()).to.deep.equal(expected);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});
