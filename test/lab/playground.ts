import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Guest } from './guest.ts';
import type { Host } from './host.ts';
import { Lab } from './lab.ts';
import { networkXml } from './libvirt-xml.ts';
import type { Router } from './router.ts';

export interface PlaygroundOptions {
  /** Hypervisors, 8 at most. */
  readonly hosts: number;
  /** Isolated guests on each, 8 at most. */
  readonly guests: number;
}

/** A command line that leads somewhere. */
export interface Hint {
  /** A part of the lab: `hypervisor a`, `guest a1`, `router`. */
  readonly part: string;
  /** What one gets there. */
  readonly what: string;
  readonly command: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NETWORK = 'ovs';
const PRIMARY = 2102;
const ROUTER = { name: 'router', mac: '52:54:00:00:ff:01', addresses: ['192.0.2.1/24'], tag: PRIMARY };

/** The agent's configuration: where it is on each host, and what is in it. JSON is YAML. */
const CONFIG = { file: '/run/pvlan-agent.yaml', pvlans: [{ primary: PRIMARY, promiscuousMacs: [ROUTER.mac] }] };

/** A lab to look around in: hypervisors with isolated guests, a physical switch and a router, and no agent yet. */
export class Playground {
  readonly lab: Lab;
  readonly #hosts: readonly Host[];
  readonly #guests: readonly Guest[];
  readonly #router: Router;

  private constructor(lab: Lab, hosts: readonly Host[], guests: readonly Guest[], router: Router) {
    this.lab = lab;
    this.#hosts = hosts;
    this.#guests = guests;
    this.#router = router;
  }

  /** `note` is told of each part before it is made. */
  static async create({ hosts, guests }: PlaygroundOptions, note: (text: string) => void): Promise<Playground> {
    const lab = await Lab.create();
    try {
      const machines: Host[] = [];
      for (const letter of 'abcdefgh'.slice(0, hosts)) {
        note(`hypervisor ${letter}`);
        machines.push(await lab.host(letter));
      }
      const upstream = await lab.upstream(machines);
      const router = await upstream.router(ROUTER);
      const inhabitants: Guest[] = [];
      for (const [index, host] of machines.entries()) {
        const libvirt = await host.startLibvirt();
        await writeFile(join(host.folder, CONFIG.file), JSON.stringify({ pvlans: CONFIG.pvlans }));
        const portgroups = [{ name: `isolated-${PRIMARY}` }, { name: `promisc-${PRIMARY}`, tag: PRIMARY }];
        await libvirt.defineNetwork(networkXml(NETWORK, { portgroups }));
        for (let number = 1; number <= guests; number += 1) {
          note(`guest ${host.name}${number}`);
          inhabitants.push(await boot(host, index + 1, number));
        }
      }
      return new Playground(lab, machines, inhabitants, router);
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** How to get into each part, as a shell understands it. */
  get hints(): readonly Hint[] {
    const hosts = this.#hosts.flatMap((host) => {
      const part = `hypervisor ${host.name}`;
      // There /run is the lab's: ovs-vsctl, ovs-ofctl and virsh need no option.
      const inside = (...argv: string[]): string => host.libvirt.wrap(argv).join(' ');
      const agent = ['env', '-C', ROOT, process.execPath, '--import=tsx', 'src/cli/main.ts'];
      return [
        { part, what: 'shell', command: inside('bash') },
        { part, what: 'switch', command: inside('ovs-vsctl', 'show') },
        { part, what: 'guests', command: inside('virsh', 'list') },
        { part, what: 'agent', command: inside(...agent, 'run', '--config', CONFIG.file) },
        { part, what: 'its ports', command: inside(...agent, 'status') },
      ];
    });
    const guests = this.#guests.map(({ name, host }) => ({
      part: `guest ${name}`,
      what: 'shell, without prompt and echo',
      command: `socat - UNIX-CONNECT:${host.folder}/run/guest/${name}.sock`,
    }));
    const router = { part: 'router', what: 'shell', command: this.#router.wrap(['bash']).join(' ') };
    return [...hosts, ...guests, router];
  }

  close(): Promise<void> {
    return this.lab.close();
  }
}

async function boot(host: Host, tens: number, number: number): Promise<Guest> {
  const guest = new Guest(host, {
    name: `${host.name}${number}`,
    nics: [{ network: NETWORK, portgroup: `isolated-${PRIMARY}`, mac: `52:54:00:00:0${tens}:0${number}` }],
    addresses: [[`192.0.2.${tens * 10 + number}/24`]],
  });
  await guest.start();
  // A guest's console takes one visitor at a time.
  guest.close();
  return guest;
}
