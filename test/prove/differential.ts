import { OpenFlowConnection } from '../../src/openflow/connection.ts';
import { BundleRefused } from '../../src/openflow/errors.ts';
import type { Flow, FlowMod } from '../../src/openflow/flow.ts';
import { HeaderSpace } from '../../src/prove/header-space.ts';
import { Ports } from '../../src/prove/ports.ts';
import { settingConstants } from '../../src/prove/setting-constants.ts';
import type { ProvedBridge, ProvedPort, ProvedSwitch } from '../../src/prove/switch.ts';
import { Walk } from '../../src/prove/walk.ts';
import { writtenConstants } from '../../src/prove/written-constants.ts';
import { members } from '../../src/prove/bits.ts';
import { copiesOf } from '../../src/verify/copies.ts';
import { DatapathPorts } from '../../src/verify/datapath-ports.ts';
import { readTrace } from '../../src/verify/trace-text.ts';
import { Random } from '../chaos/random.ts';
import type { Server } from '../integration/openflow/server.ts';
import { Unixctl } from '../lab/unixctl.ts';
import { join } from 'node:path';
import { headersOf, randomFrame } from './random-frame.ts';
import { randomBridge } from './random-switch.ts';

export interface DifferentialResult {
  readonly frames: number;
  /** Frames whose fate the proof does not claim to know. */
  readonly unproved: number;
  readonly switches: number;
  /** What the proof and ovs-vswitchd disagree about, in words. */
  readonly differences: readonly string[];
}

const PORTS = 8;
const FLOWS = 24;
/** Every so many switches have flows of one priority that fit one frame; the proof then may say more than ovs-vswitchd, not less. */
const TIES_EVERY = 4;

/** Asks the proof and a real ovs-vswitchd about the same frames on the same random switches. */
export async function compareWithTrace(
  server: Server,
  options: { readonly switches: number; readonly framesEach: number; readonly seed: number },
): Promise<DifferentialResult> {
  await server.addBridge('br0', PORTS);
  const connection = await OpenFlowConnection.connect(server.remote('br0'));
  const daemon = new Unixctl(join(server.folder, 'vswitchd.ctl'));
  try {
    const datapath = DatapathPorts.read(await daemon.call('dpif/show'));
    const total = { frames: 0, unproved: 0, differences: [] as string[] };
    let installed: readonly Flow[] = [];
    for (let number = 0; number < options.switches; number++) {
      const random = new Random(options.seed + number);
      const ties = number % TIES_EVERY === TIES_EVERY - 1;
      const made = randomBridge('br0', random, { ports: PORTS, flows: FLOWS, ties });
      await configure(server, made);
      installed = await install(connection, installed, made.flows);
      const bridge = { ...made, flows: installed };
      const oracle = new Oracle({ bridges: [bridge], vlanLimit: 1 });
      for (let frame = 0; frame < options.framesEach; frame++) {
        const sent = randomFrame(random);
        const inPort = 1 + random.below(PORTS);
        const predicted = oracle.outputs(inPort, sent);
        total.frames += 1;
        if (predicted === undefined) {
          total.unproved += 1;
          continue;
        }
        const question = `in_port=${inPort},${sent.text}`;
        const copies = copiesOf(readTrace(await daemon.call('ofproto/trace', 'br0', question)).actions, [0]);
        const real = new Set(
          copies.flatMap(({ to }) => (to.kind === 'port' ? datapath.at('br0', to.number).map(({ name }) => name) : [])),
        );
        const missed = [...real].filter((name) => !predicted.has(name));
        const extra = [...predicted].filter((name) => !real.has(name));
        if (missed.length > 0 || (extra.length > 0 && !ties)) {
          total.differences.push(
            `switch ${options.seed + number}, ${question}: ovs-vswitchd also sends it to [${missed.join()}], the proof also to [${extra.join()}]`,
          );
        }
      }
    }
    return { ...total, switches: options.switches };
  } finally {
    connection.close();
    daemon.close();
  }
}

/** Replaces the flows `before` by `flows`, or those of them that ovs-vswitchd takes. */
async function install(
  connection: OpenFlowConnection,
  before: readonly Flow[],
  flows: readonly Flow[],
): Promise<readonly Flow[]> {
  const deletions = before.map((flow): FlowMod => ({ command: 'deleteStrict', flow, cookieMask: 0n }));
  let wanted = flows;
  for (;;) {
    try {
      await connection.commit([...deletions, ...wanted.map((flow): FlowMod => ({ command: 'add', flow }))]);
      return wanted;
    } catch (error) {
      if (!(error instanceof BundleRefused)) throw error;
      const refused = error.index - deletions.length;
      wanted = wanted.filter((_, index) => index !== refused);
    }
  }
}

/** What the proof says of single frames. */
class Oracle {
  readonly #space: HeaderSpace;
  readonly #ports: Ports;
  readonly #walk: Walk;

  constructor(model: ProvedSwitch) {
    const flows = model.bridges.flatMap((bridge) => bridge.flows);
    this.#space = new HeaderSpace(flows, [...writtenConstants(flows), ...settingConstants(model)]);
    this.#ports = new Ports(model);
    this.#walk = new Walk(model, this.#space, this.#ports);
  }

  /** Names of the ports that the frame leaves by; undefined where the proof does not know. */
  outputs(inPort: number, frame: Parameters<typeof headersOf>[0]): ReadonlySet<string> | undefined {
    const left = new Set<string>();
    let unproved = 0;
    const witness = {
      leaves: (ports: Uint32Array) => {
        for (const index of members(ports)) left.add(this.#ports.all[index]?.port.name ?? '');
      },
      unproved: () => {
        unproved += 1;
      },
    };
    this.#walk.send('br0', inPort, witness, headersOf(frame, this.#space));
    return unproved === 0 ? left : undefined;
  }
}

async function configure(server: Server, bridge: ProvedBridge): Promise<void> {
  const settings = bridge.ports.flatMap((port) => [
    '--',
    'clear',
    'port',
    port.name,
    'tag',
    'trunks',
    'vlan_mode',
    'cvlans',
    '--',
    'set',
    'port',
    port.name,
    ...columns(port),
  ]);
  await server.vsctl('set', 'bridge', bridge.name, `other_config:forward-bpdu=${bridge.forwardBpdu}`, ...settings);
}

function columns({ vlan, cvlans }: ProvedPort): readonly string[] {
  return [
    `protected=${vlan.protected}`,
    ...(vlan.tag === undefined ? [] : [`tag=${vlan.tag}`]),
    ...(vlan.vlanMode === undefined ? [] : [`vlan_mode=${vlan.vlanMode}`]),
    ...(vlan.trunks.length === 0 ? [] : [`trunks=${vlan.trunks.join()}`]),
    ...(cvlans.length === 0 ? [] : [`cvlans=${cvlans.join()}`]),
  ];
}
