/** A unicast station address: lower case, colon separated, not all zero. */
export type Mac = string & { readonly __mac: unique symbol };

/** A group address that a cluster of stations answers to, as Microsoft's NLB does: written the same way, never broadcast. */
export type GroupMac = string & { readonly __groupMac: unique symbol };

/** `text` as a group address, or undefined when it is malformed, a station's address or broadcast. */
export function groupAddress(text: string): GroupMac | undefined {
  const normal = text.trim().toLowerCase().replaceAll('-', ':');
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(normal)) return undefined;
  const isGroup = (Number.parseInt(normal.slice(0, 2), 16) & 1) === 1;
  return isGroup && normal !== 'ff:ff:ff:ff:ff:ff' ? (normal as GroupMac) : undefined;
}

/** `text` as a station address, or undefined when it is malformed, a group address (first octet odd) or all zero. */
export function macAddress(text: string): Mac | undefined {
  const normal = text.trim().toLowerCase().replaceAll('-', ':');
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(normal)) return undefined;
  const isGroup = (Number.parseInt(normal.slice(0, 2), 16) & 1) === 1;
  return isGroup || normal === '00:00:00:00:00:00' ? undefined : (normal as Mac);
}
