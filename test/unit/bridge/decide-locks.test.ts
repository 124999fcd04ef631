import { expect } from 'chai';
import type { JudgedPort } from '../../../src/desire/desired-bridge.ts';
import { configured, decideLocks, unlockAll } from '../../../src/bridge/decide/decide-locks.ts';
import { PortConfigBit, type PortConfig } from '../../../src/openflow/port-config.ts';
import { befall } from './world/history.ts';
import { World } from './world/world.ts';
import { PLAIN } from '../../support/ports.ts';

const { NO_FLOOD, NO_STP } = PortConfigBit;

describe('the second lock of a port', () => {
  let world: World;
  let ofport: number;

  beforeEach(async () => {
    world = new World();
    await befall(world, { kind: 'plug', profile: 'isolated-2102', setting: PLAIN });
    await world.settle();
    ofport = world.desired().ports[0]?.port.ofports[0] ?? 0;
  });

  const withConfig = (config: number): Map<number, PortConfig> =>
    new Map([[ofport, { port: ofport, mac: '02:00:00:00:00:01', config }]]);

  it('is put on at once, and once', () => {
    const { ports } = world.desired();
    const configs = withConfig(1);
    const [mod, ...more] = decideLocks(ports, configs, false);
    expect(more).to.deep.equal([]);
    const after = configured(configs.get(ofport)!, mod!);
    expect(after.config).to.equal(1 | NO_FLOOD | NO_STP);
    expect(decideLocks(ports, new Map([[ofport, after]]), false)).to.deep.equal([]);
  });

  it('is taken off only when the flows of the old role are gone', () => {
    const ports = world.desired().ports.map(({ port }): JudgedPort => ({ port, verdict: { kind: 'wire', port } }));
    const configs = withConfig(1 | NO_FLOOD | NO_STP);
    expect(decideLocks(ports, configs, false)).to.deep.equal([]);
    const [mod] = decideLocks(ports, configs, true);
    expect(configured(configs.get(ofport)!, mod!).config).to.equal(1);
  });

  it('of somebody else stays, and is not taken for the agent’s', () => {
    expect(decideLocks(world.desired().ports, withConfig(NO_FLOOD), true)).to.deep.equal([]);
    expect(unlockAll([...withConfig(NO_FLOOD).values(), ...withConfig(NO_STP).values()])).to.deep.equal([]);
  });

  it('is not asked for where ports cannot be configured', () => {
    expect(decideLocks(world.desired().ports, undefined, true)).to.deep.equal([]);
    expect(decideLocks(world.desired().ports, new Map(), true)).to.deep.equal([]);
  });
});
