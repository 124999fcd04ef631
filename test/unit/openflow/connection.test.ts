import { once } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import { type ConnectOptions, OpenFlowConnection } from '../../../src/openflow/connection.ts';
import {
  ConnectFailed,
  ConnectionLost,
  OpenFlowError,
  ProtocolError,
  RequestTimeout,
  SwitchError,
  VersionRefused,
} from '../../../src/openflow/errors.ts';
import type { FlowMod } from '../../../src/openflow/flow.ts';
import { encodeHello } from '../../../src/openflow/hello.ts';
import { MessageType } from '../../../src/openflow/message.ts';
import { Peer } from './peer.ts';
import { runs } from '../../support/runs.ts';

const EVERYTHING = { cookie: 0n, cookieMask: 0n };

async function failure(promise: Promise<unknown>): Promise<Error | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

describe('a connection to a switch that misbehaves', () => {
  let peer: Peer;
  let connection: OpenFlowConnection | undefined;

  async function connect(options: ConnectOptions = {}): Promise<OpenFlowConnection> {
    connection = await OpenFlowConnection.connect(peer.remote, { timeoutMs: 2000, ...options });
    return connection;
  }

  beforeEach(async () => {
    peer = await Peer.listen();
  });

  afterEach(async () => {
    connection?.close();
    connection = undefined;
    await peer.stop();
  });

  describe('while it is made', () => {
    it('is refused when the switch speaks nothing we do, even without a bitmap', async () => {
      peer.behave = ({ xid }) => {
        peer.send(MessageType.HELLO, xid, Buffer.alloc(0), 0x01);
      };
      const error = await failure(connect());
      expect(error).to.be.instanceOf(VersionRefused).and.have.property('offered').that.deep.equals([1]);
    });

    it('takes OpenFlow 1.4 from a switch whose hello has a later version and a bitmap without 1.5', async () => {
      peer.behave = (message) => {
        if (message.type === MessageType.HELLO)
          peer.send(MessageType.HELLO, message.xid, encodeHello([0x05, 0x07]), 0x07);
        else peer.greet(message, 0x05);
      };
      expect((await connect()).version).to.equal(0x05);
    });

    it('ends in time when no hello comes', async () => {
      peer.behave = () => undefined;
      expect(await failure(connect({ timeoutMs: 50 }))).to.be.instanceOf(RequestTimeout);
    });

    it('ends in time when the features do not come', async () => {
      peer.behave = (message) => {
        if (message.type === MessageType.HELLO) peer.greet(message);
      };
      expect(await failure(connect({ timeoutMs: 50 }))).to.be.instanceOf(RequestTimeout);
    });

    it('ends when the switch hangs up instead of a hello', async () => {
      peer.behave = () => {
        peer.hangUp();
      };
      expect(await failure(connect())).to.be.instanceOf(ConnectionLost);
    });

    it('says what to do when nobody listens', async () => {
      await peer.stop();
      const error = await failure(connect());
      expect(error).to.be.instanceOf(ConnectFailed).and.have.property('code', 'ENOENT');
      expect(error?.message).to.contain('bridge br9 has no socket at');
      peer = await Peer.listen();
    });

    it('refuses a remote that is none', async () => {
      for (const remote of ['br0', 'unix:', 'tcp:', 'tcp:host:99999', 'ftp:host', 'tcp:::1:6653']) {
        expect(await failure(OpenFlowConnection.connect(remote)), remote).to.have.property('code', 'BAD_REMOTE');
      }
    });

    it('reports a TCP port that refuses', async () => {
      const error = await failure(OpenFlowConnection.connect('tcp:[::1]:1', { timeoutMs: 2000 }));
      expect(error).to.be.instanceOf(ConnectFailed);
    });
  });

  describe('once it is made', () => {
    it('answers echo requests with their own payload', async () => {
      await connect();
      peer.send(MessageType.ECHO_REQUEST, 77, Buffer.from('ping'));
      const reply = await received(MessageType.ECHO_REPLY);
      expect(reply).to.include({ xid: 77 });
      expect(reply.body.toString()).to.equal('ping');
    });

    it('probes a silent switch, and gives it up when it answers nothing', async () => {
      const { closed } = await connect({ probeIntervalMs: 500 });
      const reason = await closed;
      expect(reason).to.be.instanceOf(ConnectionLost);
      expect(reason?.message).to.contain('silent');
      expect(peer.received.map(({ type }) => type)).to.include(MessageType.ECHO_REQUEST);
    });

    it('takes any bytes for a sign of life, though no message is complete', async function () {
      this.timeout(10_000);
      const alive = await connect({ probeIntervalMs: 700 });
      const hello = Buffer.from([6, 0, 0xff, 0xff, 0, 0, 0, 1]);
      peer.write(hello);
      const dripping = setInterval(() => {
        peer.write(Buffer.from([0]));
      }, 20);
      const outcome = await Promise.race([alive.closed, new Promise((resolve) => setTimeout(resolve, 1800, 'alive'))]);
      clearInterval(dripping);
      expect(outcome).to.equal('alive');
    });

    it('rejects everything under way when the switch hangs up, and says so in closed', async () => {
      const switched = await connect();
      const pending = [
        switched.readFlows(EVERYTHING),
        switched.ports(),
        switched.barrier(),
        switched.commit([drop(1)]),
      ];
      const failures = Promise.all(pending.map(failure));
      const watched = new Promise((resolve) => {
        switched.monitorFlows().subscribe({ error: resolve });
      });
      await received(MessageType.BUNDLE_CONTROL);
      peer.hangUp();
      for (const error of await failures) expect(error).to.be.instanceOf(ConnectionLost);
      expect(await watched).to.be.instanceOf(Error);
      expect(await switched.closed).to.be.instanceOf(ConnectionLost);
    });

    it('rejects what is asked after its end, and closed tells a wish from a fault', async () => {
      const switched = await connect();
      switched.close();
      expect(await switched.closed).to.equal(undefined);
      expect(await failure(switched.readFlows(EVERYTHING))).to.be.instanceOf(ConnectionLost);
      expect(await failure(switched.commit([drop(1)]))).to.be.instanceOf(ConnectionLost);
      const completed = new Promise<void>((resolve) => {
        switched.monitorFlows().subscribe({ complete: resolve });
      });
      await completed;
    });

    it('ends when an answer does not come in time', async () => {
      const switched = await connect({ timeoutMs: 1000 });
      expect(await failure(switched.barrier())).to.be.instanceOf(RequestTimeout);
      expect(await switched.closed).to.be.instanceOf(RequestTimeout);
    });

    it('ends when a bundle is not read', async () => {
      const switched = await connect({ timeoutMs: 1500 });
      peer.behave = (message) => {
        if (message.type === MessageType.BUNDLE_CONTROL) {
          peer.obey(message);
          peer.stopReading();
        }
      };
      const many = Array.from({ length: 50_000 }, (_, priority) => drop(priority % 0xffff));
      const error = await failure(switched.commit(many));
      expect(error).to.be.instanceOf(RequestTimeout);
      expect(error?.message).to.contain('has read nothing');
    });

    it('discards a bundle when the switch refuses one change before the commit', async () => {
      const switched = await connect();
      peer.behave = (message) => {
        peer.obey(message);
        const badPriority = Buffer.from([0, 5, 0, 9]);
        if (message.type === MessageType.BUNDLE_ADD_MESSAGE) peer.send(MessageType.ERROR, message.xid, badPriority);
      };
      const error = await failure(switched.commit([drop(4), drop(5)]));
      expect(error).to.have.property('index', 0);
      expect(error).to.have.nested.property('reason.errorName', 'OFPFMFC_BAD_PRIORITY');
      const controls = peer.received.filter(({ type }) => type === MessageType.BUNDLE_CONTROL);
      expect(controls.map(({ body }) => body.readUInt16BE(4))).to.deep.equal([0, 6]);
    });

    it('names an error the switch gives no bundle for', async () => {
      const switched = await connect();
      peer.behave = ({ xid }) => {
        peer.send(MessageType.ERROR, xid, Buffer.from('ffff000200002320', 'hex'));
      };
      const error = await failure(switched.barrier());
      expect(error).to.be.instanceOf(SwitchError).and.have.property('errorName', 'NXBRC_NXM_INVALID');
    });

    it('runs bundles one after the other, and the next in spite of a refused one', async () => {
      const switched = await connect();
      peer.behave = (message) => {
        if (message.type === MessageType.BUNDLE_CONTROL && message.body.readUInt32BE(0) === 1)
          peer.send(MessageType.ERROR, message.xid, Buffer.from([0, 17, 0, 5]));
        else peer.obey(message);
      };
      const [first, second] = await Promise.all([
        failure(switched.commit([drop(1)])),
        failure(switched.commit([drop(2)])),
      ]);
      expect(first).to.be.instanceOf(SwitchError).and.have.property('errorName', 'OFPBFC_OUT_OF_BUNDLES');
      expect(second).to.equal(undefined);
    });
  });

  describe('that sends rubbish', () => {
    const rubbish: readonly (readonly [string, Buffer])[] = [
      ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      ['a length of zero', Buffer.from([6, 0, 0, 0, 0, 0, 0, 0])],
      ['another version than agreed', Buffer.from([4, 0, 0, 8, 0, 0, 0, 0])],
    ];
    for (const [what, bytes] of rubbish) {
      it(`is ended with a protocol error: ${what}`, async () => {
        const switched = await connect();
        const pending = failure(switched.barrier());
        peer.write(bytes);
        expect(await pending).to.be.instanceOf(ProtocolError);
        expect(await switched.closed).to.be.instanceOf(ProtocolError);
      });
    }

    it('never crashes or hangs on a random answer', async () => {
      const types = fc.constantFrom(...Object.values(MessageType));
      const answer = fc.record({ type: types, body: fc.uint8Array({ maxLength: 80 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(answer, { maxLength: 4 }), async (answers) => {
          peer.behave = (message) => {
            if (peer.greet(message)) return;
            for (const { type, body } of answers) peer.send(type, message.xid, body);
            peer.hangUp();
          };
          const switched = await connect();
          const asked = [switched.readFlows(EVERYTHING), switched.ports(), switched.commit([drop(1)])];
          switched.portStatus$.subscribe({ error: () => undefined });
          switched.monitorFlows().subscribe({ error: () => undefined });
          for (const error of await Promise.all(asked.map(failure))) {
            if (error !== undefined) expect(error).to.be.instanceOf(OpenFlowError);
          }
          await switched.closed;
        }),
        { numRuns: runs(100) },
      );
    });

    it('is ended when a multipart reply never ends', async () => {
      const switched = await connect({ timeoutMs: 1000 });
      const endless = Buffer.from([0, 1, 0, 1, 0, 0, 0, 0]);
      let sending: NodeJS.Timeout | undefined;
      peer.behave = ({ xid }) => {
        sending = setInterval(() => {
          peer.send(MessageType.MULTIPART_REPLY, xid, endless);
        }, 5);
      };
      const error = await failure(switched.readFlows(EVERYTHING));
      clearInterval(sending);
      expect(error).to.be.instanceOf(RequestTimeout);
    });
  });

  function drop(priority: number): FlowMod {
    return { command: 'add', flow: { table: 0, priority, cookie: 1n, match: {}, actions: [] } };
  }

  async function received(type: number): Promise<Peer['received'][number]> {
    const deadline = AbortSignal.timeout(5000);
    for (;;) {
      const message = peer.received.find((candidate) => candidate.type === type);
      if (message !== undefined) return message;
      await once(peer.messages, 'message', { signal: deadline });
    }
  }
});
