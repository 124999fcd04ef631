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
 * is worked out once for all.
 */
export function crashHolds(
  { ports, bridge }: Pick<DesiredBridge, 'bridge' | 'ports'>,
  connection: ConnectionState,
): (judged: JudgedPort) => Hold | undefined {
  if (connection.kind !== 'up') return () => undefined;
  const source = sourceFor(connection);
  if (source === 'none') return () => undefined;
  const local = ports.find((judged) => isLocal(judged.port))?.port;
  const hold = crashHold(bridge, connection.software);
  return ({ port, verdict }) => {
    if (verdict.kind !== 'guest' || port.ofports.length === 0) return undefined;
    return takesFrom(source, local, verdict.wireVlan) ? undefined : hold;
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

/** The same for the operator, for every port. */
export function crashConditions(
  desired: Pick<DesiredBridge, 'bridge' | 'ports'>,
  connection: ConnectionState,
): readonly Condition[] {
  const { bridge, ports } = desired;
  const holdOf = crashHolds(desired, connection);
  return ports.flatMap((judged) => {
    const { name: port } = judged.port;
    const hold = holdOf(judged);
    return hold === undefined
      ? []
      : [condition('normal-crash', { bridge, port }, `port ${port} stays closed: ${hold.message}`)];
  });
}
