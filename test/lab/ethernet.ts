/** Six colon-separated bytes in lower-case hex. */
export type Mac = string;

export const BROADCAST: Mac = 'ff:ff:ff:ff:ff:ff';

export const EtherType = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  RARP: 0x8035,
  PPPOE: 0x8863,
  EAPOL: 0x888e,
  /** What some switches put on for a tag before IEEE 802.1ad. */
  OLD_TAG: 0x9100,
  QINQ: 0x88a8,
  /** IEEE 802 "local experimental": a protocol no switch knows. */
  EXPERIMENTAL: 0x88b5,
  LLDP: 0x88cc,
} as const;

export function macBytes(mac: Mac): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

export function macText(bytes: Buffer): Mac {
  return bytes.toString('hex').replace(/..(?!$)/g, '$&:');
}

/** The 16-bit number as two bytes in network order. */
export function be16(value: number): Buffer {
  return Buffer.of(value >>> 8, value & 0xff);
}

/** An Ethernet II frame, without checksum and without padding. `type` below 0x600 is an 802.3 length. */
export function ethernet(dst: Mac, src: Mac, type: number, payload: Buffer): Buffer {
  return Buffer.concat([macBytes(dst), macBytes(src), be16(type), payload]);
}

/** Puts an outermost VLAN tag on the frame: `vid` 0 to 4095, `pcp` 0 to 7 (IEEE 802.1Q clause 9). */
export function tag(frame: Buffer, vid: number, pcp = 0, tpid: number = EtherType.VLAN): Buffer {
  return Buffer.concat([frame.subarray(0, 12), be16(tpid), be16((pcp << 13) | vid), frame.subarray(12)]);
}
