import { createHash } from 'node:crypto';
import type { DesiredBridge } from '../desire/desired-bridge.ts';
import { formatFlow } from '../openflow/format-flow.ts';
import { isOurs } from '../pipeline/cookie.ts';
import type { Finding, Proof } from '../prove/proof.ts';
import { prove } from '../prove/prove.ts';
import { sampleFrame } from '../prove/sample.ts';
import type { ProvedSwitch } from '../prove/switch.ts';
import { describeFrames } from '../prove/words.ts';
import { flowOwner } from './flow-owner.ts';
import { believedOf, provedParties } from './proved-parties.ts';

/** A finding as people and programs read it. */
export interface FindingReport {
  readonly kind: Finding['kind'];
  readonly bridge: string;
  readonly from: string;
  readonly to: string | undefined;
  /** The whole class of frames, in words. */
  readonly frames: string;
  /** False: the class is larger than the truth, so the frames may be none. */
  readonly certain: boolean;
  /** One frame of the class, as `ofproto/trace` takes it. */
  readonly sample: string;
  readonly reason: string | undefined;
  /** The flows that the frames meet, and whose they are. */
  readonly path: readonly { readonly flow: string; readonly owner: string }[];
}

export interface ProofReport {
  readonly verdict: Proof['verdict'];
  readonly apart: number;
  readonly joined: number;
  /** Pairs that the roles join, and that no frame gets through. */
  readonly lost: readonly { readonly from: string; readonly to: string }[];
  readonly findings: readonly FindingReport[];
  /** Findings that are not listed. */
  readonly unlisted: number;
  readonly inputs: {
    readonly flows: number;
    readonly foreign: number;
    readonly flowsSha256: string;
    readonly ports: number;
    readonly portsSha256: string;
    readonly release: string | undefined;
  };
  readonly milliseconds: number;
}

export interface ProveOptions {
  /** Only what the port of this name sends. */
  readonly from: string | undefined;
  /** Only what reaches the port of this name. */
  readonly to: string | undefined;
  /** As if every flow were gone but the NORMAL that a bridge is born with. */
  readonly parkingOnly: boolean;
}

const LISTED = 50;

/** Proves, for every header, what the flows and settings in `model` do to the roles in `bridges`. Pure. */
export function proveHost(
  model: ProvedSwitch,
  bridges: readonly DesiredBridge[],
  release: string | undefined,
  options: ProveOptions,
): ProofReport {
  const started = performance.now();
  const parties = provedParties(bridges);
  const proof = prove(options.parkingOnly ? withoutFlows(model) : model, parties, believedOf(bridges));
  const wanted = proof.findings.filter(
    ({ from, to }) =>
      (options.from === undefined || from.port === options.from) &&
      (options.to === undefined || to === undefined || to.port === options.to),
  );
  const narrowed = options.from !== undefined || options.to !== undefined;
  const certain = wanted.some(({ kind, frames }) => kind !== 'unproved' && !frames.widened);
  const proved = wanted.length === 0 && proof.complete;
  const verdict = certain ? 'LEAK' : proved ? 'PROVED' : 'UNPROVED';
  const flows = model.bridges.flatMap((bridge) => bridge.flows.map((flow) => ({ bridge: bridge.name, flow })));
  const ports = model.bridges.flatMap((bridge) => bridge.ports);
  return {
    verdict: model.vlanLimit === 1 ? (narrowed ? verdict : proof.verdict) : 'UNPROVED',
    apart: proof.apart,
    joined: proof.joined,
    lost: proof.lost.map(({ from, to }) => ({ from: from.port, to: to.port })),
    findings: wanted.slice(0, LISTED).map((finding) => reportFinding(finding, proof, model)),
    unlisted: Math.max(wanted.length - LISTED, 0),
    inputs: {
      flows: flows.length,
      foreign: flows.filter(({ flow }) => !isOurs(flow.cookie)).length,
      flowsSha256: sha256(flows.map(({ bridge, flow }) => `${bridge} ${formatFlow(flow)}`).sort()),
      ports: ports.length,
      portsSha256: sha256(ports.map((port) => JSON.stringify(port)).sort()),
      release,
    },
    milliseconds: performance.now() - started,
  };
}

function withoutFlows(model: ProvedSwitch): ProvedSwitch {
  return { ...model, bridges: model.bridges.map((bridge) => ({ ...bridge, flows: bridge.flows.filter(isBornWith) })) };
}

/** The flow that ovs-vswitchd gives every bridge that no controller leads. */
function isBornWith({ table, priority, cookie }: ProvedSwitch['bridges'][number]['flows'][number]): boolean {
  return table === 0 && priority === 0 && cookie === 0n;
}

function reportFinding(
  { kind, from, ofport, to, frames, trail, reason }: Finding,
  proof: Proof,
  model: ProvedSwitch,
): FindingReport {
  return {
    kind,
    bridge: from.bridge,
    from: from.port,
    to: to?.port,
    frames: describeFrames(frames, proof.space),
    certain: !frames.widened,
    sample: sampleFrame(frames, ofport, proof.space),
    reason,
    path: trail.map(({ bridge, flow }) => {
      const ports = model.bridges.find(({ name }) => name === bridge)?.ports ?? [];
      const portName = (number: number): string | undefined =>
        ports.find(({ ofports }) => ofports.includes(number))?.name;
      return { flow: formatFlow(flow), owner: flowOwner(flow.cookie, portName) };
    }),
  };
}

function sha256(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
