/** Marks a flow as ours: the top 16 bits of the cookie read 0x7076, ASCII "pv". The rest tells whose flow it is. */
export const COOKIE = 0x7076n << 48n;
export const COOKIE_MASK = 0xffffn << 48n;

/** Flows that serve the whole bridge. */
export const BRIDGE_COOKIE = COOKIE;

/** Flows that serve a primary VLAN: bits 32 to 39 read 1, the low bits are the VLAN id. */
export function primaryCookie(primary: number): bigint {
  return COOKIE | (1n << 32n) | BigInt(primary);
}

/** Flows that serve a port: bits 32 to 39 read 2, the low 32 bits are its OpenFlow port number. */
export function portCookie(ofport: number): bigint {
  return COOKIE | (2n << 32n) | BigInt(ofport);
}

/** The bits that say whether a flow is ours, and what kind of thing it serves; those between tell what it counts (`cause.ts`). */
const KIND_MASK = COOKIE_MASK | (0xffn << 32n);
const PRIMARY_KIND = primaryCookie(0);
const PORT_KIND = portCookie(0);

/** The OpenFlow port that a flow of ours serves; undefined for any other flow. */
export function portOf(cookie: bigint): number | undefined {
  return (cookie & KIND_MASK) === PORT_KIND ? Number(cookie & 0xffffffffn) : undefined;
}

/** The primary VLAN that a flow of ours serves; undefined for any other flow. */
export function primaryOf(cookie: bigint): number | undefined {
  return (cookie & KIND_MASK) === PRIMARY_KIND ? Number(cookie & 0xffffffffn) : undefined;
}

/** Whether `cookie` is one of ours. */
export function isOurs(cookie: bigint): boolean {
  return (cookie & COOKIE_MASK) === COOKIE;
}
