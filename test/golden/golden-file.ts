import { fileURLToPath } from 'node:url';

/** Where the flow table of the situation called `name` is written down. */
export function goldenFile(name: string): string {
  return fileURLToPath(new URL(`tables/${name}.txt`, import.meta.url));
}
