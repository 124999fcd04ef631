import type { Match } from './match.ts';
import { registers } from './match-codec.ts';
import { type Comparison, MATCH_FIELDS } from './match-fields.ts';

/**
 * Whether some frame may fit both matches: false only where a field that both compare tells every frame of one from every frame of
 * the other. Fields without a name here may fit anything.
 */
export function overlap(left: Match, right: Match): boolean {
  const apart = MATCH_FIELDS.some((field) => differ(field.get(left), field.get(right)));
  if (apart) return false;
  const others = new Map(registers(right));
  return registers(left).every(([number, one]) => {
    const other = others.get(number);
    if (other === undefined) return true;
    const mask = (one.mask ?? 0xffffffff) & (other.mask ?? 0xffffffff);
    return ((one.value ^ other.value) & mask) === 0;
  });
}

function differ(left: Comparison | undefined, right: Comparison | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  return left.value.some((byte, index) => {
    const mask = (left.mask?.[index] ?? 0xff) & (right.mask?.[index] ?? 0xff);
    return ((byte ^ (right.value[index] ?? 0)) & mask) !== 0;
  });
}
