import { expect } from 'chai';
import {
  initialReconnectState,
  reconnectDeadline,
  stepReconnect,
  type ReconnectAction,
  type ReconnectEvent,
  type ReconnectOptions,
} from '../../../src/ovsdb/reconnect.ts';

const options: ReconnectOptions = {
  remotes: 1,
  minBackoffMs: 100,
  maxBackoffMs: 800,
  connectTimeoutMs: 1000,
  probeIntervalMs: 5000,
  patienceMs: 60_000,
};

/** Drives the machine by hand. */
class Drive {
  now = 0;
  readonly options: ReconnectOptions;
  state;
  constructor(changes: Partial<ReconnectOptions> = {}) {
    this.options = { ...options, ...changes };
    this.state = initialReconnectState(0, this.options);
  }
  awaiting = false;
  send(event: ReconnectEvent): ReconnectAction | undefined {
    const { state, action } = stepReconnect(this.state, event, this.now, this.options, this.awaiting);
    this.state = state;
    return action;
  }
  /** Waits until the deadline; returns how long that took and what had to be done then. */
  wait(): [number, ReconnectAction | undefined] {
    const waited = (reconnectDeadline(this.state, this.options, this.awaiting) ?? NaN) - this.now;
    this.now += waited;
    return [waited, this.send('tick')];
  }
}

describe('reconnecting', () => {
  it('connects at once at first', () => {
    expect(new Drive().wait()).to.deep.equal([0, { kind: 'connect', remote: 0 }]);
  });

  it('doubles the wait after each failure up to its maximum', () => {
    const drive = new Drive();
    const waits = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      waits.push(drive.wait()[0]);
      drive.send('failed');
    }
    expect(waits).to.deep.equal([0, 100, 200, 400, 800, 800, 800]);
  });

  it('tries every remote before it waits', () => {
    const drive = new Drive({ remotes: 3 });
    const tries = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      tries.push(drive.wait());
      drive.send('failed');
    }
    const connect = (remote: number) => ({ kind: 'connect', remote });
    expect(tries).to.deep.equal([
      [0, connect(0)],
      [0, connect(1)],
      [0, connect(2)],
      [100, connect(0)],
      [0, connect(1)],
      [0, connect(2)],
      [200, connect(0)],
    ]);
  });

  it('comes back at once after a connection that lasted, and waits after one that did not', () => {
    const drive = new Drive();
    drive.wait();
    drive.send('connected');
    drive.send('usable');
    drive.now += 60_000;
    drive.send('failed');
    expect(drive.wait()[0]).to.equal(0);
    drive.send('connected');
    drive.send('failed');
    expect(drive.wait()[0]).to.equal(100);
    drive.send('connected');
    drive.send('failed');
    expect(drive.wait()[0]).to.equal(200);
  });

  it('waits longer each time that a connection was never of use, however long it lasted', () => {
    const drive = new Drive();
    const waits = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      waits.push(drive.wait()[0]);
      drive.send('connected');
      drive.now += 30_000;
      drive.send('failed');
    }
    expect(waits).to.deep.equal([0, 100, 200, 400, 800, 800]);
  });

  it('spreads its waits where it is given chance: never none, never more than without', () => {
    const drive = new Drive({ remotes: 2, jitter: () => 0.5 });
    const waits = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      waits.push(drive.wait()[0]);
      drive.send('failed');
    }
    expect(waits).to.deep.equal([0, 50, 75, 50, 150]);
  });

  it('gives an attempt up when its time is over', () => {
    const drive = new Drive();
    drive.wait();
    expect(drive.wait()).to.deep.equal([1000, { kind: 'disconnect', reason: 'connect timeout' }]);
    expect(drive.wait()).to.deep.equal([100, { kind: 'connect', remote: 0 }]);
  });

  it('probes after silence and gives up after as much again', () => {
    const drive = new Drive();
    drive.wait();
    drive.send('connected');
    expect(drive.wait()).to.deep.equal([5000, { kind: 'probe' }]);
    expect(drive.wait()).to.deep.equal([5000, { kind: 'disconnect', reason: 'silent' }]);
  });

  it('takes any byte for a sign of life', () => {
    const drive = new Drive();
    drive.wait();
    drive.send('connected');
    drive.wait();
    drive.now += 4999;
    drive.send('heard');
    expect(drive.wait()).to.deep.equal([5000, { kind: 'probe' }]);
  });

  it('probes first even when it wakes up long after the deadline', () => {
    const drive = new Drive();
    drive.wait();
    drive.send('connected');
    drive.now += 3_600_000;
    expect(drive.send('tick')).to.deep.equal({ kind: 'probe' });
    expect(drive.send('tick')).to.equal(undefined);
  });

  it('gives a peer time that owes an answer, and not for ever', () => {
    const drive = new Drive();
    drive.wait();
    drive.send('connected');
    drive.awaiting = true;
    expect(drive.wait()).to.deep.equal([5000, { kind: 'probe' }]);
    expect(drive.wait()).to.deep.equal([55_000, { kind: 'disconnect', reason: 'silent' }]);
    drive.awaiting = false;
    drive.wait();
    drive.send('connected');
    drive.wait();
    expect(reconnectDeadline(drive.state, drive.options, true)).to.equal(drive.now + 55_000);
    expect(reconnectDeadline(drive.state, drive.options, false)).to.equal(drive.now + 5000);
  });

  it('tells of a silent peer of this host, keeps it, and tells when it is heard again', () => {
    const drive = new Drive({ isLocal: () => true });
    drive.wait();
    drive.send('connected');
    drive.send('usable');
    drive.wait();
    expect(drive.wait()).to.deep.equal([5000, { kind: 'silent' }]);
    expect(reconnectDeadline(drive.state, drive.options)).to.equal(undefined);
    drive.now += 3_600_000;
    expect(drive.send('tick')).to.equal(undefined);
    expect(drive.send('heard')).to.deep.equal({ kind: 'heard' });
    expect(drive.wait()).to.deep.equal([5000, { kind: 'probe' }]);
    expect(drive.send('heard')).to.equal(undefined);
    drive.send('failed');
    expect(drive.wait()[0]).to.equal(0);
  });

  it('never probes when probing is off', () => {
    const drive = new Drive({ probeIntervalMs: 0 });
    drive.wait();
    drive.send('connected');
    expect(reconnectDeadline(drive.state, drive.options)).to.equal(undefined);
  });
});
