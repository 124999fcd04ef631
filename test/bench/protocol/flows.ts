import { decodeFlowStats } from '../../../src/openflow/flow-stats.ts';
import { encodeFlowMod } from '../../../src/openflow/flow-mod-codec.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { compiled } from '../../support/compiled.ts';
import { layoutFrom } from '../../../src/pipeline/layout.ts';
import { judge } from '../../../src/pvlan/judge.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import { guestPort, inPortgroup, NO_POLICY, plainPort } from '../../support/ports.ts';
import type { Task } from '../benchmark.ts';

const VERSION = 0x06;
const GUESTS = 100;

/** The flows of a bridge with a hundred isolated guests. */
function flows(): Flow[] {
  const guests = Array.from({ length: GUESTS }, (_, index) => guestPort(index + 2, inPortgroup('isolated-2102')));
  const ports = [plainPort(1), ...guests];
  const verdicts = judge(new Map([['br0', ports]]), { ...NO_POLICY, pvlans: [PVLAN_2102] }).bridges.get('br0') ?? [];
  const { primary, promiscuousMacs, wire, guards } = PVLAN_2102;
  const primaries = [{ primary, promiscuousMacs, localMacs: [], wire, guards }];
  const all = compiled({ verdicts, primaries, settled: new Set(verdicts), normalSource: 'none' }, layoutFrom(60, 145));
  // The flood list of a hundred guests is one flow in a thousand, and is not what encoding costs.
  return all.filter(({ actions }) => actions.length < 20);
}

/** A flow as ovs-vswitchd describes it in OpenFlow 1.5 (ofp_flow_desc), out of the body of its flow-mod. */
function described(mod: Buffer): Buffer {
  const fixed = 40;
  const matchLength = (mod.readUInt16BE(fixed + 2) + 7) & ~7;
  const match = mod.subarray(fixed, fixed + matchLength);
  const instructions = mod.subarray(fixed + matchLength);
  const entry = Buffer.alloc(24);
  entry.writeUInt8(mod.readUInt8(16), 4);
  entry.writeUInt16BE(mod.readUInt16BE(22), 6);
  entry.writeBigUInt64BE(mod.readBigUInt64BE(0), 16);
  const statistics = Buffer.from('0000000400000000', 'hex');
  const whole = Buffer.concat([entry, match, statistics, instructions]);
  whole.writeUInt16BE(whole.length, 0);
  return whole;
}

/** Flows to bytes and bytes to flows, each a minute. */
export function codec({ report, effort }: Task): void {
  const place = { benchmark: 'protocol' };
  const all = flows();
  const rounds = Math.ceil((effort.bulk * 5000) / all.length);
  const parts = all.map((flow) => described(encodeFlowMod({ command: 'add', flow }, VERSION)));
  const reply = Buffer.concat(parts);
  const ways = {
    encoded: () => {
      for (const flow of all) encodeFlowMod({ command: 'add', flow }, VERSION);
    },
    decoded: () => decodeFlowStats(reply, VERSION),
  };
  for (const [what, way] of Object.entries(ways)) {
    const rates: number[] = [];
    for (let turn = 0; turn <= effort.repeats; turn += 1) {
      const start = performance.now();
      for (let round = 0; round < rounds; round += 1) way();
      if (turn > 0) rates.push((rounds * all.length * 1000) / (performance.now() - start));
    }
    const { p50 } = report.note(place, 'OpenFlow', `flows ${what}`, rates, '1/s');
    const perMinute = (p50 * 60) / 1e6;
    report.goal(place, `flows ${what}: >= 1 million a minute`, `${perMinute.toFixed(1)} million`, perMinute >= 1);
  }
}
