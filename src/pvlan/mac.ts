/** A unicast station address: lower case, colon separated, not all zero. */
export type Mac = string & { readonly __mac: unique symbol };

/** `text` as a station address, or undefined when it is malformed, a group address (first octet odd) or all zero. */
export function macAddress(text: string): Mac | undefined {
  const normal = text.trim().toLowerCase().replaceAll('-', ':');
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(normal)) return undefined;
  const isGroup = (Number.parseInt(normal.slice(0, 2), 16) & 1) === 1;
  return isGroup || normal === '00:00:00:00:00:00' ? undefined : (normal as Mac);
}
