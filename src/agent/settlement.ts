import type { Uuid } from '../ovsdb/value.ts';
import { portSetting } from '../pvlan/port-setting.ts';
import { isParked, sameVlanSetting, type VlanSetting } from '../pvlan/vlan-setting.ts';
import type { JudgedPort } from './goal.ts';
import { hasSetting } from './row-difference.ts';
import { currentSetting, type SurveyedPort } from './survey.ts';

/**
 * Knows which VLAN settings ovs-vswitchd has put in force, as opposed to merely written in OVSDB. Flows of an endpoint open
 * only once its setting is in force: before that, NORMAL would still deliver to it.
 */
export class Settlement {
  readonly #inForce = new Map<Uuid, VlanSetting>();
  readonly #seen = new Set<Uuid>();
  /** Settings of ports seen before they had a number, which ovs-vswitchd gives while it puts the setting in force. */
  readonly #born = new Map<Uuid, VlanSetting>();

  /** Takes note of what the rows say now; forgets ports that are gone. */
  observe(ports: readonly SurveyedPort[]): void {
    const present = new Set(ports.map((port) => port.row._uuid));
    for (const uuid of this.#seen) {
      if (present.has(uuid)) continue;
      this.#seen.delete(uuid);
      this.#inForce.delete(uuid);
      this.#born.delete(uuid);
    }
    for (const port of ports) {
      const uuid = port.row._uuid;
      const now = currentSetting(port.row);
      const before = this.#inForce.get(uuid);
      // Whatever replaces a setting may be in force from now on, and has to be confirmed anew; parking stays parking.
      if (before !== undefined && !sameVlanSetting(before, now) && !(isParked(before) && isParked(now))) {
        this.#inForce.delete(uuid);
      }
      // The mark was set only after the setting was in force: an agent that restarts disturbs nothing.
      if (!this.#seen.has(uuid) && port.installed) this.#inForce.set(uuid, now);
      this.#seen.add(uuid);
      const born = this.#born.get(uuid);
      if (port.ofports.length === 0) this.#born.set(uuid, born ?? now);
      else if (born !== undefined) {
        if (sameVlanSetting(born, now)) this.#inForce.set(uuid, now);
        this.#born.delete(uuid);
      }
    }
  }

  /** Whether the setting that `verdict` needs is in force. */
  isSettled({ port, verdict }: JudgedPort): boolean {
    const inForce = this.#inForce.get(port.row._uuid);
    switch (verdict.kind) {
      case 'guest':
        return inForce !== undefined && isParked(inForce) && isParked(currentSetting(port.row));
      case 'promiscuous': {
        const wanted = portSetting(verdict);
        if (!hasSetting(port, verdict)) return false;
        return wanted === undefined || (inForce !== undefined && sameVlanSetting(inForce, wanted));
      }
      default:
        return true;
    }
  }

  /** Ports whose rows are right and which only await ovs-vswitchd's confirmation. */
  awaiting(ports: readonly JudgedPort[]): readonly SurveyedPort[] {
    return ports
      .filter(({ port, verdict }) => {
        if (this.isSettled({ port, verdict })) return false;
        return verdict.kind === 'guest' ? isParked(currentSetting(port.row)) : hasSetting(port, verdict);
      })
      .map((judged) => judged.port);
  }

  /** Records that ovs-vswitchd has applied the rows as they stood in `ports`. */
  confirm(ports: readonly SurveyedPort[]): void {
    for (const port of ports) this.#inForce.set(port.row._uuid, currentSetting(port.row));
  }
}
