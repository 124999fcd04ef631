import type { FindingReport, ProofReport } from '../verify/prove-host.ts';

/** Findings printed; `--json` has more. */
const LISTED = 10;

const HEADLINES = {
  PROVED: 'PROVED    no frame whatever gets from one port to another that the roles keep apart',
  LEAK: 'LEAK      frames get from one port to another that the roles keep apart',
  UNPROVED: 'UNPROVED  whether frames get where the roles forbid cannot be told',
} as const;

/** A proof for people: the answer, what it rests on, and every way in which it does not hold. */
export function formatProof(report: ProofReport, parkingOnly: boolean): string {
  const { verdict, apart, joined, lost, findings, inputs, milliseconds } = report;
  const shown = findings.slice(0, LISTED);
  const more = findings.length - shown.length + report.unlisted;
  return [
    `${HEADLINES[verdict]}, ${apart} pairs   ${(milliseconds / 1000).toFixed(1)} s`,
    ...(parkingOnly
      ? ['  as if     every flow were gone and only the port settings left']
      : [`  reaches   ${joined - lost.length} of ${joined} pairs as the roles allow`]),
    `  inputs    ${inputs.flows} flows (${inputs.foreign} of others) sha256 ${inputs.flowsSha256.slice(0, 12)}, ` +
      `${inputs.ports} ports sha256 ${inputs.portsSha256.slice(0, 12)}, Open vSwitch ${inputs.release ?? 'of unknown release'}`,
    '  assumes   NORMAL with any MAC table it can have learned; one tag looked at (vlan-limit 1); the datapath obeys its tables',
    '  not said  what another host puts on a primary VLAN under a listed router’s address',
    ...(parkingOnly
      ? []
      : lost
          .slice(0, LISTED)
          .map(({ from, to }) => `LOST      ${from} → ${to}: the roles allow it, and no frame gets there`)),
    ...shown.flatMap(formatFinding),
    ...(more > 0 ? [`  … and ${more} more: see --json`] : []),
  ].join('\n');
}

function formatFinding(finding: FindingReport): readonly string[] {
  const { kind, from, to, frames, certain, reason, path, bridge, sample } = finding;
  const word = certain || kind === 'unproved' ? kind.toUpperCase() : 'MAYBE';
  const pair = to === undefined ? from : `${from} → ${to}`;
  return [
    `${word.padEnd(9)} ${pair}${reason === undefined ? '' : `: ${reason}`}`,
    `  frames    ${frames}`,
    ...path.map(({ flow, owner }) => `  flow      ${flow}   (${owner})`),
    `  replay    ovs-appctl ofproto/trace ${bridge} ${sample}`,
  ];
}
