import { expect } from 'chai';
import { hasFlowMonitor, normalNeedsNoInPort, parseRelease } from '../../../src/openflow/release.ts';

describe('a release of Open vSwitch', () => {
  it('is read from what the switch says of itself, whatever a distribution adds', () => {
    expect(parseRelease('2.17.9')).to.deep.equal([2, 17, 9]);
    expect(parseRelease('3.1.0-rc1')).to.deep.equal([3, 1, 0]);
    for (const none of ['', 'unknown', '2.17', 'v2.17.9', '2.17.x'])
      expect(parseRelease(none), none).to.equal(undefined);
  });

  it('has a flow monitor from 3.0 on', () => {
    const asked = ['2.13.8', '2.15.0', '2.17.9', '3.0.0', '3.1.0', '4.0.0'];
    const having = asked.filter((software) => hasFlowMonitor(parseRelease(software) ?? [0, 0, 0]));
    expect(having).to.deep.equal(['3.0.0', '3.1.0', '4.0.0']);
  });

  it('survives NORMAL without an input port where commit 0027b3b46 is in it, and is not trusted where nobody knows', () => {
    const survives = (software: string): boolean => normalNeedsNoInPort(parseRelease(software));
    const mended = ['2.13.7', '2.13.8', '2.14.5', '2.15.4', '2.16.3', '2.17.1', '2.17.9', '3.0.0', '3.5.0', '4.0.0'];
    const not = ['2.9.0', '2.12.4', '2.13.6', '2.14.4', '2.15.0', '2.15.3', '2.16.2', '2.17.0', '1.9.0', '', 'unknown'];
    expect(mended.filter((software) => !survives(software))).to.deep.equal([]);
    expect(not.filter(survives)).to.deep.equal([]);
  });
});
