import { writeFile } from 'node:fs/promises';

const CLUSTER = 65_536;

/**
 * An empty disk of `bytes` (512 MiB at most) that keeps snapshots of a running guest, made without qemu-img: a header, a
 * reference count table and block, and a level 1 table, one cluster each
 * (https://www.qemu.org/docs/master/interop/qcow2.html).
 */
export async function writeDisk(file: string, bytes: number): Promise<void> {
  const image = Buffer.alloc(4 * CLUSTER);
  image.write('QFI\xfb', 0, 'latin1');
  image.writeUInt32BE(3, 4); // version
  image.writeUInt32BE(16, 20); // cluster size, as a power of two
  image.writeBigUInt64BE(BigInt(bytes), 24);
  image.writeUInt32BE(1, 36); // entries of the level 1 table
  image.writeBigUInt64BE(BigInt(3 * CLUSTER), 40); // where it is
  image.writeBigUInt64BE(BigInt(CLUSTER), 48); // where the reference count table is
  image.writeUInt32BE(1, 56); // its clusters
  image.writeUInt32BE(4, 96); // width of a reference count, as a power of two of bits
  image.writeUInt32BE(104, 100); // length of the header
  image.writeBigUInt64BE(BigInt(2 * CLUSTER), CLUSTER);
  for (let cluster = 0; cluster < 4; cluster += 1) image.writeUInt16BE(1, 2 * CLUSTER + 2 * cluster);
  await writeFile(file, image);
}
