import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PortgroupAnswer } from '../../../src/libvirt/query.ts';
import type { LibvirtEvent } from '../../../src/libvirt/report.ts';
import { LibvirtSources, type LibvirtSourcesOptions } from '../../../src/libvirt/sources.ts';

export const FIXTURES = join(import.meta.dirname, '../../fixtures/libvirt');

/** libvirt's two folders in a place of their own, and sources that read them. */
export class Tree {
  readonly folder: string;
  readonly events: LibvirtEvent[] = [];
  readonly #opened: LibvirtSources[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Holds a copy of a recorded moment such as `9.0/running`, or nothing. */
  static async create(moment?: string): Promise<Tree> {
    const tree = new Tree(await mkdtemp(join(tmpdir(), 'libvirt-tree-')));
    if (moment !== undefined) await tree.become(moment);
    return tree;
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Replaces everything by a recorded moment. */
  async become(moment: string): Promise<void> {
    for (const part of ['state', 'config']) await rm(this.path(part), { recursive: true, force: true });
    await cp(join(FIXTURES, moment), this.folder, { recursive: true });
  }

  /** Writes a file as libvirt does: beside its place, then renamed into it. */
  async put(path: string, content: string | Uint8Array): Promise<void> {
    const file = this.path(path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, content);
    await rename(`${file}.new`, file);
  }

  async remove(path: string): Promise<void> {
    await rm(this.path(path), { recursive: true });
  }

  /** Sources on this tree that have read everything; without virsh, and with a rescan that does not come, unless told otherwise. */
  async open(options: Partial<LibvirtSourcesOptions> = {}): Promise<LibvirtSources> {
    const sources = new LibvirtSources({
      stateDir: this.path('state'),
      configDir: this.path('config'),
      virsh: false,
      rescanMs: 3_600_000,
      report: (event) => this.events.push(event),
      ...options,
    });
    this.#opened.push(sources);
    await sources.ready;
    return sources;
  }

  async close(): Promise<void> {
    for (const sources of this.#opened) await sources.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** An answer in few words: `isolated-2102 by network-port`, `none by domain-status`, `unknown`. */
export function brief(answer: PortgroupAnswer): string {
  if (answer.kind === 'unknown') return 'unknown';
  return `${answer.kind === 'portgroup' ? answer.portgroup : 'none'} by ${answer.source.rung}`;
}
