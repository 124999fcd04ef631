import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Guest } from './guest.ts';
import { Lab } from './lab.ts';
import { networkXml } from './libvirt-xml.ts';
import { checkRequirements } from './requirements.ts';

const USAGE = `usage: npm run lab -- [--hosts N] [--guests N]

Brings up N hypervisors (default 2) with Open vSwitch and libvirt, N isolated guests on each (default 2), a physical switch and
a router, without the agent; prints how to get a shell in each part, and takes everything down on Ctrl-C. Needs root.`;

/** A number of the command line. @throws where it is none */
function count(text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 8) throw new Error(`${String(text)}: give a number from 1 to 8`);
  return value;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { hosts: { type: 'string' }, guests: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    say(USAGE);
    return;
  }
  const stop = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  await checkRequirements('guests');
  const lab = await Lab.create();
  try {
    const hosts = [];
    for (let number = 0; number < count(values.hosts, 2); number += 1) {
      say(`hypervisor ${String.fromCharCode(97 + number)}`);
      hosts.push(await lab.host(String.fromCharCode(97 + number)));
    }
    const upstream = await lab.upstream(hosts);
    await upstream.router({ name: 'router', mac: '52:54:00:00:ff:01', addresses: ['192.0.2.1/24'], tag: 2102 });
    for (const [index, host] of hosts.entries()) {
      const libvirt = await host.startLibvirt();
      await libvirt.defineNetwork(
        networkXml('ovs', { portgroups: [{ name: 'isolated-2102' }, { name: 'promisc-2102', tag: 2102 }] }),
      );
      for (let number = 1; number <= count(values.guests, 2); number += 1) {
        const name = `${host.name}${number}`;
        say(`guest ${name}`);
        const guest = new Guest(host, {
          name,
          nics: [{ network: 'ovs', portgroup: 'isolated-2102', mac: `52:54:00:00:0${index + 1}:0${number}` }],
          addresses: [[`192.0.2.${(index + 1) * 10 + number}/24`]],
        });
        await guest.start();
      }
      say(`  shell:  ip netns exec ${host.netns.name} bash`);
      say(`  switch: ovs-vsctl --db=unix:${host.dbSocket} show`);
      say(`  virsh:  virsh -c '${libvirt.uri}' list`);
      say(
        `  agent:  dist/pvlan-agent.mjs run --ovsdb unix:${host.dbSocket} --libvirt-state-dir ${libvirt.stateDir} --libvirt-config-dir ${libvirt.configDir} --control ${host.folder}/control.sock`,
      );
    }
    say(`everything is in ${lab.folder}; Ctrl-C takes it down`);
    await stop;
  } finally {
    say('taking the lab down');
    await lab.close();
  }
}

await main();
