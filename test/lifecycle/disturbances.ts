import { ADDRESS, ALICE, HOSTILE } from './hostile-guest.ts';
import { HypervisorAgent } from './hypervisor-agent.ts';
import { nicXml } from '../lab/libvirt-xml.ts';
import type { Outcome, Stage } from './outcome.ts';
import { ISOLATED, NETWORK, PRIMARY } from './scene.ts';
import { Stream } from './stream.ts';
import { SENTINEL } from './witness.ts';

/** Milliseconds within which frames have to flow again; a reboot takes some seconds. */
const PATIENCE = 15_000;

/** Lets `act` happen while the router and the guest exchange a hundred frames a second. */
export async function during(stage: Stage, act: (stage: Stage) => Promise<void>): Promise<Outcome> {
  const { witness } = stage;
  const stream = new Stream({ guestMac: HOSTILE, guestIp: ADDRESS, peer: witness.router, peerIp: SENTINEL.address });
  await stream.flows();
  const before = await witness.heard(HOSTILE);
  await act(stage);
  const { lost, recovered } = await stream.stop(PATIENCE);
  return { lost, cutOff: !recovered, leaked: (await witness.heard(HOSTILE)) - before };
}

export async function suspended({ guest }: Stage): Promise<void> {
  await guest.host.libvirt.virsh('suspend', guest.name);
  await guest.host.libvirt.virsh('resume', guest.name);
}

/** The reset button: the same QEMU and the same port, and the guest boots anew. */
export async function rebooted({ guest }: Stage): Promise<void> {
  await guest.host.libvirt.virsh('reset', guest.name);
}

export async function linkDownAndUp({ guest }: Stage): Promise<void> {
  const { boot, interfaceId } = ALICE;
  const nic = nicXml({ network: NETWORK, portgroup: ISOLATED, mac: boot.mac, interfaceId });
  for (const state of ['down', 'up']) {
    await guest.updateNic(nic.replace('</interface>', `<link state='${state}'/></interface>`));
  }
}

export async function libvirtdKilled({ guest }: Stage): Promise<void> {
  await guest.host.libvirt.killLibvirtd('SIGKILL');
  await guest.host.libvirt.startDaemons();
}

export async function vswitchdKilled({ guest }: Stage): Promise<void> {
  await guest.host.killVswitchd('SIGKILL');
  await guest.host.startVswitchd();
}

export async function agentRestarted({ scene }: Stage): Promise<void> {
  await scene.stopAgent(scene.host);
  await scene.startAgent(scene.host);
}

/** The agent in a process of its own in place of the scene's, killed in the middle of its work and started again. */
export async function agentKilled(stage: Stage): Promise<Outcome> {
  const { scene } = stage;
  await scene.stopAgent(scene.host);
  const agent = await HypervisorAgent.on(scene.host, { primary: PRIMARY, promiscuousMacs: [SENTINEL.mac] });
  await agent.start();
  const outcome = await during(stage, async () => {
    await agent.end('SIGKILL');
    await agent.start();
  });
  await agent.end('SIGTERM');
  await scene.startAgent(scene.host);
  return outcome;
}
