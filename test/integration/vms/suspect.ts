import { expect } from 'chai';
import type { Guest } from '../../lab/guest.ts';
import type { Mac } from '../../lab/ethernet.ts';
import type { Host } from '../../lab/host.ts';
import { nicXml } from '../../lab/libvirt-xml.ts';
import { until } from '../../lab/until.ts';
import { sentBy } from '../../lifecycle/newborn.ts';
import { redefine, runAtBoot } from '../../lifecycle/boot-script.ts';
import { hostility } from '../../lifecycle/hostility.ts';
import { NETWORK } from './hypervisor.ts';
import type { Hypervisor } from './hypervisor.ts';
import { BLUE, Neighbourhood, VICTIM } from './neighbourhood.ts';
import { findPort, flowsOf, installed, interfaceColumn, marks, portOf } from './ports.ts';

export const ALICE: Mac = '52:54:00:00:00:0a';
export const ADDRESS = '10.0.0.1';
const IFACE_ID = '8a1c7e0e-4a0b-4a51-9e57-0123456789ab';

/**
 * Alice, a guest in an isolated portgroup that sends to her neighbours from her first moment on and without end, and those
 * neighbours. Whatever happens to her or to her host, she has to be `isolated`.
 */
export class Suspect {
  readonly host: Host;
  readonly around: Neighbourhood;
  readonly guest: Guest;

  private constructor(host: Host, around: Neighbourhood, guest: Guest) {
    this.host = host;
    this.around = around;
    this.guest = guest;
  }

  /** Defines her, and does not start her. */
  static async define(
    hypervisor: Hypervisor,
    { portgroup = 'isolated-2102', devices = '' }: { readonly portgroup?: string; readonly devices?: string } = {},
  ): Promise<Suspect> {
    const around = await Neighbourhood.on(hypervisor.host);
    const guest = hypervisor.guest({
      name: 'alice',
      nics: [{ network: NETWORK, portgroup, mac: ALICE, interfaceId: IFACE_ID }],
    });
    const attack = { nic: 'eth0', address: `${ADDRESS}/24`, targets: [VICTIM, BLUE], interval: 40 };
    await runAtBoot(guest, hostility(attack));
    await redefine(guest, (xml) =>
      xml.replace('<on_reboot>destroy', '<on_reboot>restart').replace('<devices>', `<devices>${devices}`),
    );
    return new Suspect(hypervisor.host, around, guest);
  }

  /** She is marked, exchanges frames with the router, and was never heard by a neighbour. */
  async isolated(): Promise<void> {
    await installed(this.host, ALICE);
    expect(await marks(this.host, ALICE)).to.equal('true isolated 2102');
    await this.around.routerReaches(ADDRESS);
    expect(await this.around.heard(this.around.victim, ALICE), 'frames to the isolated neighbour').to.equal(0);
    expect(await this.around.heard(this.around.blue, ALICE), 'frames to the community').to.equal(0);
  }

  async ofport(): Promise<string> {
    return interfaceColumn(this.host, await portOf(this.host, ALICE), 'ofport');
  }

  /** Waits until her port and whatever concerned it are gone. */
  async gone(ofport: string): Promise<void> {
    await until('her port to be gone', async () => (await findPort(this.host, ALICE)) === undefined);
    const flows = async (): Promise<readonly string[]> => flowsOf(this.host, { mac: ALICE, ofport });
    await until('her flows to be gone', async () => (await flows()).length === 0);
  }

  /** Waits until as many more frames of hers have come in through her port. */
  async sends(frames: number): Promise<void> {
    const port = await portOf(this.host, ALICE);
    const before = await sentBy(this.host, port);
    const enough = async (): Promise<boolean> => (await sentBy(this.host, port)) >= before + frames;
    await until(`${frames} frames of hers`, enough, { timeout: 20_000, interval: 20 });
  }

  /** Her NIC in another portgroup, for an update. */
  nic(portgroup: string, extra = ''): string {
    const xml = nicXml({ network: NETWORK, portgroup, mac: ALICE, interfaceId: IFACE_ID });
    return xml.replace('</interface>', `${extra}</interface>`);
  }
}
