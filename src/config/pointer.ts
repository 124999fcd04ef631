/** A JSON Pointer (RFC 6901): '' is the whole value, '/pvlans/0/primary' a part of it. */
export type Pointer = string;

const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const unescape = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

/** The pointer to the member or item `key` of what `parent` points to. */
export const child = (parent: Pointer, key: string | number): Pointer => `${parent}/${escape(String(key))}`;

/** The keys on the way from the root to what `pointer` points to. */
export const keysOf = (pointer: Pointer): string[] => pointer.split('/').slice(1).map(unescape);

/** `pointer` as people write paths: `pvlans[0].primary`. */
export const pathOf = (pointer: Pointer): string =>
  keysOf(pointer).reduce((path, key) => {
    if (/^\d+$/.test(key) && path !== '') return `${path}[${key}]`;
    return path === '' ? key : `${path}.${key}`;
  }, '');
