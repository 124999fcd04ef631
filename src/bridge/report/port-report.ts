import type { JudgedPort } from '../../desire/desired-bridge.ts';
import { formatIpPrefix } from '../../pvlan/ip-prefix.ts';
import { roleName, groupOf } from '../../pvlan/role.ts';
import { quarantineText } from '../../pvlan/verdict.ts';
import { memo } from '../../base/memo.ts';
import type { PortStatus } from './status.ts';
import { HOLDS, type Hold } from '../decide/hold.ts';
import { portState } from './port-state.ts';
import { bearsTraces } from '../rows/row-difference.ts';

const tracesOf = memo(bearsTraces);

/** Puts a port, its verdict, what holds it and what is done of it into the operator's words. */
export function reportPort(judged: JudgedPort, hold: Hold | undefined, acknowledged: boolean): PortStatus {
  const { port, verdict } = judged;
  const found = port.kind !== 'guest' || port.portgroup.kind === 'unknown' ? undefined : port.portgroup;
  const outside = verdict.kind === 'stranger' || verdict.kind === 'wire';
  const { state, waitsFor } = portState({ outside, hold, acknowledged, traces: tracesOf(port) });
  return {
    name: port.name,
    guest: port.guestName,
    domain: port.vmId,
    interfaceId: port.ifaceId,
    ofport: port.ofports[0],
    mac: port.attachedMac,
    state,
    waitsFor,
    role: 'role' in verdict ? roleName(verdict.role) : undefined,
    pvlan: 'role' in verdict ? verdict.role.primary : undefined,
    addresses: verdict.kind === 'guest' ? verdict.addresses?.map(formatIpPrefix) : undefined,
    portgroup: port.portgroup.kind === 'portgroup' ? port.portgroup.name : undefined,
    source: found?.source,
    sourceFile: found?.file,
    installedAfterMs: undefined,
    note: noteOf(judged),
    outside: verdict.kind === 'stranger' && (port.kind === 'guest' || port.kind === 'unnamed'),
    quarantine:
      verdict.kind === 'quarantined'
        ? {
            code: verdict.quarantine.code,
            message: quarantineText(verdict.quarantine),
            alarm: verdict.quarantine.alarm,
          }
        : undefined,
    hold:
      hold === undefined
        ? undefined
        : {
            code: hold.code,
            message: hold.message,
            remedy: hold.remedy,
            alarm: hold.alarm,
            closes: HOLDS[hold.code].closes,
          },
  };
}

function noteOf({ port: { portgroup }, verdict }: JudgedPort): string | undefined {
  const kept = portgroup.kind === 'portgroup' ? portgroup.kept : undefined;
  if (kept !== undefined) return `is kept though no source gives its portgroup: ${kept.message}`;
  return verdict.kind === 'guest' && groupOf(verdict.role) !== undefined && verdict.wireVlan === verdict.role.primary
    ? 'reaches members of its community on this host only: its Private VLAN has no VLAN for the community'
    : undefined;
}
