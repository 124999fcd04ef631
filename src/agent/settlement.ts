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
  /** Settings of ports seen before they had a number, which ovs-vswitchd gives while it puts the setting in force. */
  readonly #born = new Map<Uuid, VlanSetting>();

  /** Takes note of what the rows say now; forgets ports that are gone. */
  observe(ports: readonly SurveyedPort[]): void {
    const present = new Set(ports.map((port) => port.row._uuid));
    for (const uuid of [...this.#inForce.keys(), ...this.#born.keys()]) {
      if (present.has(uuid)) continue;
      this.#inForce.delete(uuid);
      this.#born.delete(uuid);
    }
    for (const port of ports) {
      const now = currentSetting(port.row);
      const born = this.#born.get(port.row._uuid);
      if (port.ofports.length === 0) {
        if (born === undefined) this.#born.set(port.row._uuid, now);
      } else if (born !== undefined) {
        if (sameVlanSetting(born, now)) this.#inForce.set(port.row._uuid, now);
        this.#born.delete(port.row._uuid);
      } else if (port.installed && !this.#inForce.has(port.row._uuid)) {
        // The mark was set only after the setting was in force: an agent that restarts disturbs nothing.
        this.#inForce.set(port.row._uuid, now);
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
