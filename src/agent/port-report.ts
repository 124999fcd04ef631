import { roleName } from '../pvlan/role.ts';
import { quarantineText, type Quarantine } from '../pvlan/verdict.ts';
import type { JudgedPort } from './goal.ts';
import { portState } from './port-life.ts';
import { memo } from './memo.ts';
import { bearsTraces } from './row-difference.ts';
import type { PortStatus } from './status.ts';

const tracesOf = memo(bearsTraces);

/** Puts a port, its verdict and what is done of it into the operator's words. */
export function reportPort(judged: JudgedPort, settled: boolean, flowsAcknowledged: boolean): PortStatus {
  const { port, verdict } = judged;
  const found = port.kind !== 'guest' || port.portgroup.kind === 'unknown' ? undefined : port.portgroup;
  const outside = verdict.kind === 'stranger' || verdict.kind === 'wire';
  const life = portState({
    present: true,
    outside,
    quarantined: verdict.kind === 'quarantined',
    numbered: port.ofports.length > 0,
    settled,
    flowsAcknowledged,
    traces: tracesOf(port),
  });
  return {
    name: port.name,
    ofport: port.ofports[0],
    mac: port.attachedMac,
    state: life.state,
    waitsFor: life.waitsFor,
    role: 'role' in verdict ? roleName(verdict.role) : undefined,
    portgroup: port.portgroup.kind === 'portgroup' ? port.portgroup.name : undefined,
    source: found?.source,
    sourceFile: found?.file,
    note:
      keptNote(port) ??
      (verdict.kind === 'guest' && verdict.role.kind === 'community' && verdict.wireVlan === verdict.role.primary
        ? 'reaches members of its community on this host only: its Private VLAN has no VLAN for the community'
        : undefined),
    quarantine: verdict.kind === 'quarantined' ? inWords(verdict.quarantine) : undefined,
  };
}

function keptNote({ portgroup }: JudgedPort['port']): string | undefined {
  const kept = portgroup.kind === 'portgroup' ? portgroup.kept : undefined;
  return kept === undefined ? undefined : `is kept though no source gives its portgroup: ${kept.message}`;
}

function inWords(quarantine: Quarantine): PortStatus['quarantine'] {
  return { code: quarantine.code, message: quarantineText(quarantine), alarm: quarantine.alarm };
}
