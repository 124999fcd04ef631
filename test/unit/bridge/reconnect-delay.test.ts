import { expect } from 'chai';
import { ReconnectDelay } from '../../../src/bridge/reconnect-delay.ts';

describe('the wait before a switch is connected to again', () => {
  /** The waits after `count` connections that lasted so long each. */
  function waits(delay: ReconnectDelay, count: number, lastedMs: number): number[] {
    let now = 0;
    return Array.from({ length: count }, () => {
      delay.connected(now);
      now += lastedMs;
      const wait = delay.failed(now);
      now += wait;
      return wait;
    });
  }

  it('stays short while nobody is there', () => {
    const delay = new ReconnectDelay();
    expect([0, 1, 2, 3, 4].map((now) => delay.failed(now))).to.deep.equal([50, 100, 200, 200, 200]);
  });

  it('doubles while connections are lost right after the handshake, up to five seconds', () => {
    const expected = [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000];
    expect(waits(new ReconnectDelay(), 9, 1)).to.deep.equal(expected);
  });

  it('keeps growing though attempts in between find nobody', () => {
    const delay = new ReconnectDelay();
    waits(delay, 4, 1);
    expect(delay.failed(0)).to.equal(50);
    expect(waits(delay, 1, 1)).to.deep.equal([800]);
  });

  it('is short again after a connection that lasted', () => {
    const delay = new ReconnectDelay();
    waits(delay, 6, 1);
    expect(waits(delay, 1, 5000)).to.deep.equal([50]);
  });
});
