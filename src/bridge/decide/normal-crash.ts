import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';
import { ALARM_KINDS } from '../../alarm/alarm-codes.ts';
import { condition, type Condition } from '../../alarm/alarm.ts';
import { isLocal, normalSourceOf, takesFrom, type NormalSource } from '../../pipeline/normal-source.ts';
import type { Hold } from './hold.ts';
import type { ConnectionState } from './observed.ts';

/** As whose frames NORMAL gets those of guests over a connection; without one nothing is sent anyway. */
export function sourceFor(connection: ConnectionState): NormalSource {
  return connection.kind === 'up' ? normalSourceOf(connection.software) : 'none';
}

/**
 * What keeps guests closed whose frames the switch could die of and nobody can stand in for: a question for each port, whose answer
 * is worked out once for all. `local` is the bridge's own port.
 */
export function crashHolds(
  bridge: string,
  local: JudgedPort | undefined,
  connection: ConnectionState,
): (judged: JudgedPort) => Hold | undefined {
  if (connection.kind !== 'up') return () => undefined;
  const source = sourceFor(connection);
  if (source === 'none') return () => undefined;
  const hold = crashHold(bridge, connection.software);
  return ({ port, verdict }) => {
    if (verdict.kind !== 'guest' || port.ofports.length === 0) return undefined;
    return takesFrom(source, local?.port, verdict.wireVlan) ? undefined : hold;
  };
}

function crashHold(bridge: string, software: string): Hold {
  const release = software === '' ? 'of an unknown release' : software;
  return {
    code: 'normal-crash',
    message:
      `Open vSwitch ${release} could die of frames without an input port, and the bridge's own port ${bridge}, which could ` +
      'stand in, does not carry its VLAN',
    remedy: ALARM_KINDS['normal-crash'].remedy,
    alarm: true,
  };
}

/** The bridge's own port among `ports`. */
export function localOf(ports: Iterable<JudgedPort>): JudgedPort | undefined {
  for (const judged of ports) if (isLocal(judged.port)) return judged;
  return undefined;
}

/** The same for the operator, for every port. */
export function crashConditions(
  { bridge, ports }: Pick<DesiredBridge, 'bridge' | 'ports'>,
  connection: ConnectionState,
): readonly Condition[] {
  if (sourceFor(connection) === 'none') return [];
  const holdOf = crashHolds(bridge, localOf(ports), connection);
  return ports.flatMap((judged) => {
    const { name: port } = judged.port;
    const hold = holdOf(judged);
    return hold === undefined
      ? []
      : [condition('normal-crash', { bridge, port }, `port ${port} stays closed: ${hold.message}`)];
  });
}
