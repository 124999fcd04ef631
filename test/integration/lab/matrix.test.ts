import { expect } from 'chai';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { STANDARD_CLASSES, tagged } from '../../lab/frame-classes.ts';
import { runMatrix } from '../../lab/matrix.ts';
import type { Endpoint } from '../../lab/endpoint.ts';

describe('a matrix over two hypervisors with plain learning switches', function () {
  this.timeout(60_000);
  let lab: Lab;
  let endpoints: Endpoint[];

  before(async () => {
    lab = await Lab.create();
    const hosts = [await lab.host('a'), await lab.host('b')];
    await lab.upstream(hosts);
    endpoints = [];
    for (const host of hosts) {
      for (const number of [1, 2, 3]) {
        const mac = `02:00:00:00:0${host.name}:0${number}`;
        endpoints.push(await host.plug({ name: `${host.name}${number}`, mac }));
      }
    }
  });

  after(async () => {
    await lab.close();
  });

  it('delivers every class of frames between all pairs, exactly once', async () => {
    const result = await runMatrix(new Prober(lab.hosts), endpoints, STANDARD_CLASSES);
    const verdict = result.judge(() => true);
    expect(verdict.missing, result.text({ policy: () => true })).to.be.empty;
    expect(verdict.duplicated).to.be.empty;
    expect(result.cells).to.have.length(6 * 5 * STANDARD_CLASSES.length);
  });

  it('tells how frames were tagged when they arrived', async () => {
    const result = await runMatrix(new Prober(lab.hosts), endpoints, tagged(STANDARD_CLASSES.slice(0, 2), 30));
    expect(new Set(result.cells.map(({ tags }) => tags[0]?.vid))).to.deep.equal(new Set([30]));
  });

  it('shows as text who reached whom and marks what the policy does not allow', async () => {
    const trio = endpoints.slice(0, 3);
    const result = await runMatrix(new Prober(lab.hosts), trio, STANDARD_CLASSES.slice(2, 3));
    expect(result.text({ policy: (from) => from.name !== 'a1' })).to.equal(
      [
        'IPv4 ping',
        '       a1     a2     a3',
        'a1     -      yes !  yes !',
        'a2     yes    -      yes',
        'a3     yes    yes    -',
      ].join('\n'),
    );
  });
});
