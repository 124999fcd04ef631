import { expect } from 'chai';
import { Derivation } from '../../../src/base/derivation.ts';
import { Dict } from '../../../src/base/dict.ts';
import type { JudgedPort } from '../../../src/desire/desired-bridge.ts';
import { configured, decideLocks, unlockAll, type PortConfigs } from '../../../src/bridge/decide/decide-locks.ts';
import { PortConfigBit, type PortConfig, type PortMod } from '../../../src/openflow/port-config.ts';
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

  const withConfig = (config: number): Dict<string, PortConfig> =>
    Dict.of([[String(ofport), { port: ofport, mac: '02:00:00:00:00:01', config }]]);

  const modsFor = (ports: readonly JudgedPort[], configs: PortConfigs, mayUnlock: boolean): readonly PortMod[] => {
    const byPort = Dict.of(ports.map((judged) => [judged.port.row._uuid as string, judged]));
    return decideLocks(new Derivation(), byPort, configs, mayUnlock);
  };

  it('is put on at once, and once', () => {
    const { ports } = world.desired();
    const configs = withConfig(1);
    const [mod, ...more] = modsFor(ports, configs, false);
    expect(more).to.deep.equal([]);
    const after = configured(configs.get(String(ofport))!, mod!);
    expect(after.config).to.equal(1 | NO_FLOOD | NO_STP);
    expect(modsFor(ports, Dict.of([[String(ofport), after]]), false)).to.deep.equal([]);
  });

  it('is taken off only when the flows of the old role are gone', () => {
    const ports = world.desired().ports.map(({ port }): JudgedPort => ({ port, verdict: { kind: 'wire', port } }));
    const configs = withConfig(1 | NO_FLOOD | NO_STP);
    expect(modsFor(ports, configs, false)).to.deep.equal([]);
    const [mod] = modsFor(ports, configs, true);
    expect(configured(configs.get(String(ofport))!, mod!).config).to.equal(1);
  });

  it('of somebody else stays, and is not taken for the agent’s', () => {
    expect(modsFor(world.desired().ports, withConfig(NO_FLOOD), true)).to.deep.equal([]);
    expect(unlockAll([...withConfig(NO_FLOOD).values(), ...withConfig(NO_STP).values()])).to.deep.equal([]);
  });

  it('is not asked for where ports cannot be configured', () => {
    expect(modsFor(world.desired().ports, undefined, true)).to.deep.equal([]);
    expect(modsFor(world.desired().ports, Dict.empty(), true)).to.deep.equal([]);
  });
});
