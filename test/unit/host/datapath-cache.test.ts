import { expect } from 'chai';
import { keepsStaleFlows } from '../../../src/host/datapath-cache.ts';

describe('an ovs-vswitchd whose userspace datapath may keep stale flows', () => {
  for (const version of ['2.5.9', '2.13.11', '2.17.7', '3.0.4', '3.1.0', '3.1.2']) {
    it(`is ${version}`, () => {
      expect(keepsStaleFlows(`ovs-vswitchd (Open vSwitch) ${version}`)).to.equal(true);
    });
  }
  for (const version of ['2.17.8', '3.0.5', '3.1.3', '3.1.10', '3.2.0', '3.7.90', '4.0.0']) {
    it(`is not ${version}`, () => {
      expect(keepsStaleFlows(`ovs-vswitchd (Open vSwitch) ${version}`)).to.equal(false);
    });
  }
  it('is one that says nothing of its version', () => {
    expect(keepsStaleFlows('')).to.equal(true);
  });
});
