import { messageOf } from '../../base/thrown.ts';
import { NicTable } from '../nic-table.ts';
import type { DomainState } from '../query.ts';
import type { Report } from '../report.ts';
import { VirshFailed, type Virsh } from '../virsh.ts';
import { chooseNic } from './choose.ts';
import type { NetworkFinding, NetworkLookup } from './network-lookup.ts';
import type { Asked, Finding, Rung } from './rung.ts';
import type { ReadDomain } from './virsh-domain.ts';
import { REFRESH_MS, VirshMemory, type VirshAnswer } from './virsh-memory.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface VirshRungOptions {
  readonly virsh: Virsh;
  readonly readDomain: ReadDomain;
  /** The rung is for hosts where libvirt's folders are not mounted. */
  readonly isNeeded: () => boolean;
  readonly report: Report;
  readonly onChange: () => void;
}

/** `virsh -r dumpxml`: `find` never waits, it says that virsh is being asked and `onChange` is called with the answer. */
export class VirshRung implements Rung {
  readonly name = 'virsh';
  readonly live = true;
  readonly #options: VirshRungOptions;
  readonly #memory: VirshMemory;
  #daemonVersion: number | undefined;
  #probing: Promise<void> | undefined;
  #probedAt = -Infinity;
  #failure: string | undefined;
  #closed = false;

  constructor(options: VirshRungOptions) {
    this.#options = options;
    this.#memory = new VirshMemory({
      virsh: options.virsh,
      readDomain: options.readDomain,
      daemonVersion: () => this.#daemonVersion ?? 0,
      onAsked: (error) => {
        if (error === undefined) this.#failure = undefined;
        else this.#complain(error);
      },
      onChange: options.onChange,
    });
  }

  /** Whether virsh has answered, and libvirt's folders are missing. */
  get present(): boolean {
    return this.#daemonVersion !== undefined && this.#options.isNeeded();
  }

  get networks(): NetworkLookup {
    return { find: (name) => this.#network(name) };
  }

  /** Finds out whether virsh reaches libvirt, at most once in ten seconds. Never rejects. */
  async probe(): Promise<void> {
    const now = performance.now();
    if (this.#daemonVersion !== undefined || !this.#options.isNeeded() || now - this.#probedAt < REFRESH_MS) return;
    this.#probedAt = now;
    this.#probing = this.#askVersion();
    await this.#probing;
  }

  /** Asks again for what is due. To be called now and then. */
  refresh(): void {
    if (this.present) this.#memory.refresh();
  }

  find(asked: Asked): Finding {
    const answer = this.domain(asked.vmId);
    if (answer.kind !== 'domain') return { kind: 'blocked', why: answer.why };
    const located = answer.domain.nics.map((nic) => ({ nic, file: undefined }));
    const finding = chooseNic(new NicTable(located).find(asked), asked);
    if (finding.kind !== 'absent') return finding;
    // A NIC that is hotplugged has its port some time before the domain has the NIC.
    this.#memory.expectChange(answer.domain.state.uuid);
    return { kind: 'blocked', why: `virsh knows no such NIC of ${answer.domain.state.uuid}` };
  }

  /** What virsh has said of a domain, given as folded by `identityOf`; one it was never asked for, it is asked for now. */
  domain(uuid: string | undefined): VirshAnswer {
    if (uuid === undefined || !UUID.test(uuid)) return { kind: 'absent', why: 'virsh needs the uuid of the domain' };
    const answer = this.#memory.of(uuid);
    if (answer.kind === 'absent') this.#memory.expectChange(uuid);
    return answer;
  }

  /** The run states of the domains that virsh was asked for. */
  states(): readonly DomainState[] {
    return Array.from(this.#memory.domains(), ({ state }) => state);
  }

  /** Forgets every domain but those in `vmIds`: one that is started again may have changed. */
  retain(vmIds: Iterable<string>): void {
    this.#memory.retain(vmIds);
  }

  /** Ends the commands that run, and settles when they have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#options.virsh.close();
    await Promise.all([this.#memory.close(), this.#probing]);
  }

  #network(name: string): NetworkFinding {
    for (const { networks } of this.#memory.domains()) {
      const found = networks.get(name);
      if (found !== undefined) return found;
    }
    return { kind: 'unknown', why: `virsh was not asked for the network ${name}` };
  }

  async #askVersion(): Promise<void> {
    try {
      this.#daemonVersion = await this.#options.virsh.daemonVersion();
      this.#options.onChange();
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    const message = messageOf(error);
    if (this.#closed || message === this.#failure) return;
    this.#failure = message;
    const command = error instanceof VirshFailed ? error.command : 'virsh';
    this.#options.report({ kind: 'virsh-failed', command, message });
  }
}
