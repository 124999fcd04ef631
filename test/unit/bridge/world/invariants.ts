import type { Flow, FlowMod } from '../../../../src/openflow/flow.ts';
import type { Operation } from '../../../../src/ovsdb/operation.ts';
import { PortConfigBit, type PortMod } from '../../../../src/openflow/port-config.ts';
import { isOurs, portOf } from '../../../../src/pipeline/cookie.ts';
import { isParked } from '../../../../src/pvlan/vlan-setting.ts';
import { settingOf, type ModelPort } from './model-database.ts';
import { LAYOUT, type World } from './world.ts';

/** Watches the invariants of `decide` over all that is asked of switch and database; what breaks one is in the list returned. */
export function watchInvariants(world: World): readonly string[] {
  const broken: string[] = [];
  world.flows.onBundle = (mods) => {
    broken.push(...opensTooEarly(world, mods));
  };
  world.database.onTransaction = (operations) => {
    broken.push(...loosensTooEarly(world, operations), ...marksTooEarly(world, operations));
  };
  world.configs.onConfigure = (mods) => {
    broken.push(...unlocksTooEarly(world, mods));
  };
  return broken;
}

/** What is wrong with the locks of ports once all has come to rest: those of guests and closed ports are locked, and no others by us. */
export function wrongLocks(world: World): readonly string[] {
  const { configs } = world;
  return world.desired().ports.flatMap(({ port: { name, ofports }, verdict: { kind } }) =>
    ofports.flatMap((ofport) => {
      const config = configs.ports.get(ofport)?.config ?? 0;
      const isParked = kind === 'guest' || kind === 'quarantined';
      if (isParked) return (config & NO_FLOOD) === 0 ? [`${name} is not locked`] : [];
      return (config & OURS) === OURS ? [`${name} is locked`] : [];
    }),
  );
}

const { NO_FLOOD, NO_STP } = PortConfigBit;
const OURS = NO_FLOOD | NO_STP;

/** The second lock goes like a VLAN setting, and only one that is ours. */
function unlocksTooEarly({ flows, database, configs }: World, mods: readonly PortMod[]): readonly string[] {
  return mods.flatMap(({ port: ofport, config, mask }) => {
    if ((mask & ~config & NO_FLOOD) === 0) return [];
    const port = Array.from(database.ports.values()).find(({ seen }) => seen?.ofport === ofport);
    const isLeft =
      port !== undefined &&
      Array.from(flows.flows.values()).some((flow) => serves(flow, port) && flow.gotoTable === LAYOUT.guard);
    const before = configs.ports.get(ofport)?.config ?? 0;
    return isLeft && (before & OURS) === OURS
      ? [`port ${ofport} is unlocked while its flows are those of a guest`]
      : [];
  });
}

/** 1. A port's opening flows are asked for only while its VLAN setting is in force. */
function opensTooEarly({ database }: World, mods: readonly FlowMod[]): readonly string[] {
  const opened = mods.flatMap(({ command, flow }) => (command === 'add' ? portsOpenedBy(flow) : []));
  return Array.from(database.ports.values())
    .filter((port) => isGuest(port) && port.seen?.ofport !== undefined && opened.includes(port.seen.ofport))
    .filter((port) => !port.isParkedInForce)
    .map(({ number }) => `port ${number} is opened before its parking is in force`);
}

/** 2. A VLAN setting that opens a port is written only after the flows of its old role are gone. */
function loosensTooEarly({ flows, database }: World, operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((operation) => {
    const port = database.portOf(operation);
    if (port === undefined || operation.op !== 'update' || isParked(settingOf(operation.row))) return [];
    const left = Array.from(flows.flows.values()).some((flow) => serves(flow, port) && flow.gotoTable === LAYOUT.guard);
    return left ? [`port ${port.number} gets its VLAN back while its flows are those of a guest`] : [];
  });
}

/** 3. Marks are written only after the flows they speak of are acknowledged. */
function marksTooEarly({ flows, database }: World, operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((operation) => {
    const port = database.portOf(operation);
    if (port === undefined || operation.op !== 'mutate' || operation.table !== 'Interface') return [];
    const isMarked = operation.mutations.some(
      ([, mutator, value]) => mutator === 'insert' && JSON.stringify(value).includes('["pvlan-installed","true"]'),
    );
    const way = isGuest(port) ? LAYOUT.guard : LAYOUT.promiscuous;
    const isKnown = Array.from(flows.acknowledged.values()).some(
      (flow) => serves(flow, port) && flow.gotoTable === way,
    );
    return isMarked && !isKnown ? [`port ${port.number} is marked before its flows are acknowledged`] : [];
  });
}

/** Numbers of the ports that the flow lets speak or hear. */
function portsOpenedBy(flow: Flow): readonly number[] {
  const speaks = flow.gotoTable === LAYOUT.guard ? [portOf(flow.cookie) ?? 0] : [];
  return [...speaks, ...flow.actions.flatMap((action) => (action.type === 'output' ? [action.port] : []))];
}

/** Whether it is our flow for frames from the port. */
function serves({ cookie, match }: Flow, { seen }: ModelPort): boolean {
  return isOurs(cookie) && match.inPort !== undefined && match.inPort === seen?.ofport;
}

function isGuest({ seen }: ModelPort): boolean {
  return /^(isolated|community)-/.test(seen?.interfaceIds.get('port-profile') ?? '');
}
