import { expect } from 'chai';
import { SingleFlight } from '../../../src/base/single-flight.ts';

/** Work that the test lets finish. */
class Controlled {
  runs = 0;
  concurrent = 0;
  most = 0;
  #finish: ((error?: Error) => void) | undefined;
  readonly work = async (): Promise<void> => {
    this.runs += 1;
    this.concurrent += 1;
    this.most = Math.max(this.most, this.concurrent);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = (error) => {
          if (error === undefined) resolve();
          else reject(error);
        };
      });
    } finally {
      this.concurrent -= 1;
    }
  };
  async finish(error?: Error): Promise<void> {
    this.#finish?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a single flight', () => {
  it('runs once more after any number of requests during a run, and never twice at a time', async () => {
    const one = new Controlled();
    const flight = new SingleFlight(one.work, () => undefined, 60_000);
    for (let request = 0; request < 10; request += 1) flight.request();
    expect(one.runs).to.equal(1);
    await one.finish();
    expect(one.runs).to.equal(2);
    await one.finish();
    expect(one.runs).to.equal(2);
    expect(one.most).to.equal(1);
    expect(flight.busy).to.equal(false);
    await flight.stop();
  });

  it('tells of a failure and tries again by itself', async () => {
    const one = new Controlled();
    const errors: unknown[] = [];
    const flight = new SingleFlight(one.work, (error) => errors.push(error), 1);
    flight.request();
    await one.finish(new Error('no'));
    expect(errors).to.have.length(1);
    expect(flight.busy).to.equal(true);
    while (one.runs < 2) await new Promise((resolve) => setImmediate(resolve));
    const stopped = flight.stop();
    await one.finish();
    await stopped;
  });

  it('starts nothing after it was stopped', async () => {
    const one = new Controlled();
    const flight = new SingleFlight(one.work, () => undefined, 1);
    flight.request();
    flight.request();
    const stopped = flight.stop();
    await one.finish();
    await stopped;
    flight.request();
    expect(one.runs).to.equal(1);
  });

  it('runs once more, and not inside itself, when the work asks for more before it first waits', async () => {
    const depths: number[] = [];
    let depth = 0;
    const flight: SingleFlight = new SingleFlight(
      async () => {
        depth += 1;
        depths.push(depth);
        if (depths.length === 1) flight.request();
        await Promise.resolve();
        depth -= 1;
      },
      () => undefined,
      1000,
    );
    flight.request();
    await flight.stop();
    expect(depths[0]).to.equal(1);
    expect(Math.max(...depths)).to.equal(1);
  });
});
