import { isOurs } from '../pipeline/cookie.ts';

/** What the low 40 bits of our cookies say (see `pipeline/cookie.ts`). */
const KIND_SHIFT = 32n;
const PRIMARY = 1n;
const PORT = 2n;

/** Whose flow a cookie marks, in words. `portName` knows the ports of the flow's bridge. */
export function flowOwner(cookie: bigint, portName: (ofport: number) => string | undefined): string {
  if (!isOurs(cookie)) return cookie === 0n ? 'a flow that is not ours' : `not ours, cookie 0x${cookie.toString(16)}`;
  const low = Number(cookie & 0xffffffffn);
  switch ((cookie >> KIND_SHIFT) & 0xffn) {
    case PRIMARY:
      return `ours, for VLAN ${low}`;
    case PORT:
      return `ours, for port ${portName(low) ?? String(low)}`;
    default:
      return 'ours, for the whole bridge';
  }
}
