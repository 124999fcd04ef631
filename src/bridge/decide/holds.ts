import type { JudgedPort } from '../../desire/desired-bridge.ts';
import { memo } from '../../base/memo.ts';
import { ALARM_KINDS } from '../../alarm/alarm-codes.ts';
import type { Quarantine } from '../../pvlan/verdict.ts';
import { conflictRemedy, PLACE_TAKEN } from '../flows/conflicts.ts';
import type { Conflict } from '../flows/flow-difference.ts';
import type { Hold } from './hold.ts';
import type { ConnectionState } from './observed.ts';
import { concerns, REFUSED_MS, refusalText, type Refusal } from './refusals.ts';

/** What keeps the flows of a port closed, flows of others aside: `isSettled`, its VLAN setting is in force; `refusal`, one that still counts. */
export function closingHold(judged: JudgedPort, isSettled: boolean, refusal: Refusal | undefined): Hold | undefined {
  const { port, verdict } = judged;
  if (verdict.kind === 'quarantined') return quarantineHold(verdict.quarantine);
  if (!('role' in verdict)) return undefined;
  if (port.ofports.length === 0) return UNNUMBERED;
  if (!isSettled) return UNCONFIRMED;
  return refusal === undefined || !concerns(refusal, judged) ? undefined : refusedHold(refusal);
}

const quarantineHold = memo(({ message, remedy, alarm, code }: Quarantine): Hold => {
  return { code: 'quarantined', message, remedy: remedy ?? (alarm ? ALARM_KINDS[code].remedy : undefined), alarm };
});

const UNNUMBERED: Hold = {
  code: 'unnumbered',
  message: 'ovs-vswitchd has not numbered the port',
  remedy: undefined,
  alarm: false,
};

const UNCONFIRMED: Hold = {
  code: 'unconfirmed',
  message: 'ovs-vswitchd has not confirmed its VLAN setting',
  remedy: undefined,
  alarm: false,
};

const refusedHold = memo((refusal: Refusal): Hold => ({
  code: 'refused',
  message: `ovs-vswitchd refuses its flows: ${refusalText(refusal)}`,
  remedy: ALARM_KINDS['flows-refused'].remedy,
  alarm: true,
  retryAt: refusal.at + REFUSED_MS,
}));

export const placeTakenHold = memo(({ foreign }: Conflict): Hold => ({
  code: 'place-taken',
  message: PLACE_TAKEN,
  remedy: conflictRemedy(foreign),
  alarm: true,
}));

const CONNECTING: Hold = {
  code: 'connecting',
  message: 'the OpenFlow connection to its bridge is being made',
  remedy: undefined,
  alarm: false,
};

/** What keeps every port of the bridge, by the state of its connection. */
export const connectionHold = memo((connection: ConnectionState): Hold | undefined => {
  switch (connection.kind) {
    case 'up':
      return undefined;
    case 'connecting':
      return CONNECTING;
    case 'down':
      return {
        code: 'no-connection',
        message: `its bridge cannot be reached over OpenFlow: ${connection.error.message}`,
        remedy: undefined,
        alarm: false,
      };
  }
});

/** `thing` is what another writer keeps undoing, `until` when it is put right next. */
export function contendedHold(thing: string, until: number): Hold {
  return {
    code: 'contended',
    message: `another writer keeps undoing ${thing}`,
    remedy: ALARM_KINDS['fought-over'].remedy,
    alarm: true,
    retryAt: until,
  };
}
