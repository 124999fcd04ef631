import { join } from 'node:path';
import { Subject, type Observable } from 'rxjs';
import { parseDomain, type Domain } from './domain.ts';
import { DomainMetadata } from './domain-metadata.ts';
import { DomainNames } from './domain-names.ts';
import { parseDomainStatus, type DomainStatus } from './domain-status.ts';
import { FileOwners } from './file-owners.ts';
import { Gate } from '../base/gate.ts';
import { parseNetwork, type Network } from './network.ts';
import { PortFolders } from './port-folders.ts';
import { identityOf } from './identity.ts';
import type { DomainState, MetadataAnswer, NicQuery, PortgroupAnswer } from './query.ts';
import type { Report } from './report.ts';
import { resolvePortgroup } from './resolver.ts';
import { DomainRung } from './rungs/domain-rung.ts';
import { DomainStatusRung } from './rungs/domain-status-rung.ts';
import { NetworkFiles } from './rungs/network-lookup.ts';
import { NetworkPortRung } from './rungs/network-port-rung.ts';
import type { Rung } from './rungs/rung.ts';
import { VirshRung } from './rungs/virsh-rung.ts';
import { Virsh, type VirshOptions } from './virsh.ts';
import { XmlFolder, type IndexContext, type Parse } from './xml-folder.ts';
import { XmlFolders } from './xml-folders.ts';

export interface LibvirtSourcesOptions {
  /** libvirt's run state; default `/run/libvirt`. */
  readonly stateDir?: string;
  /** libvirt's configuration; default `/etc/libvirt`. */
  readonly configDir?: string;
  /** Whether and how to ask virsh where the state folders are missing; default: with virsh's own choice of URI. */
  readonly virsh?: false | VirshOptions;
  /** Milliseconds between two looks at everything, for what no watch tells; default 2000. */
  readonly rescanMs?: number;
  /** Milliseconds in which a domain that has a port gets its status file, else it never will; default 60 000. */
  readonly expectMs?: number;
  /** Larger files are refused; default 8 MiB, twice what libvirt takes as a domain's description. */
  readonly maxBytes?: number;
  /** The XML namespaces of the metadata to be asked for; others are stepped over. All where absent. */
  readonly namespaces?: readonly string[];
  readonly report: Report;
}

const MAX_FILE_BYTES = 8 * 1024 * 1024;
/**
 * The drivers of libvirt whose domains can have NICs on a bridge, by the folders of their files: those of QEMU, LXC and Xen (driver.c and
 * *_conf.c below src/qemu, src/lxc and src/libxl in libvirt). All write the same documents.
 */
const DRIVERS = ['qemu', 'lxc', 'libxl'] as const;

/** Files read at once. */
const CONCURRENCY = 16;

/**
 * What libvirt's own files, or virsh where they are not mounted, say of the NICs on this host. Everything is read in the
 * background and kept in memory, so that questions are answered at once.
 */
export class LibvirtSources {
  /** Settles when everything was looked at once. Never rejects: what is missing is in `available`. */
  readonly ready: Promise<void>;
  /** Emits after changes, at most once a turn of the event loop: answers may differ from before. Completes on close. */
  readonly changes$: Observable<void>;
  readonly #changes = new Subject<void>();
  readonly #liveNetworks: XmlFolder<Network>;
  readonly #definedNetworks: XmlFolder<Network>;
  readonly #ports: PortFolders;
  readonly #statuses: XmlFolders<DomainStatus>;
  readonly #definitions: XmlFolders<Domain>;
  readonly #tables: readonly { invalidate(): void }[];
  readonly #rungs: readonly Rung[];
  readonly #status: DomainStatusRung;
  readonly #virsh: VirshRung | undefined;
  readonly #metadata: DomainMetadata;
  readonly #names: DomainNames;
  readonly #timer: NodeJS.Timeout;
  #scanning: Promise<void> | undefined;
  #announced: NodeJS.Immediate | undefined;
  #closed = false;
  #revision = 0;

  constructor(options: LibvirtSourcesOptions) {
    const { stateDir = '/run/libvirt', configDir = '/etc/libvirt', virsh = {}, rescanMs = 2000, report } = options;
    const expectMs = options.expectMs ?? 60_000;
    const maxBytes = options.maxBytes ?? MAX_FILE_BYTES;
    const onChange = this.#changed.bind(this);
    const context: IndexContext = { report, gate: new Gate(CONCURRENCY), maxBytes, onChange };
    this.changes$ = this.#changes.asObservable();

    const networkDir = join(stateDir, 'network');
    this.#ports = new PortFolders(networkDir, context);
    this.#liveNetworks = new XmlFolder(networkDir, parseNetwork, context, (names) => {
      this.#ports.setNetworks(names);
    });
    this.#definedNetworks = new XmlFolder(join(configDir, 'qemu', 'networks'), parseNetwork, context);
    const { namespaces } = options;
    const readDomain = (bytes: Uint8Array, file: string): Domain => parseDomain(bytes, file, namespaces);
    const readStatus = (bytes: Uint8Array, file: string): DomainStatus => parseDomainStatus(bytes, file, namespaces);
    const foldersIn = <T>(parent: string, parse: Parse<T>): XmlFolders<T> => {
      const [qemu, ...others] = DRIVERS;
      const folder = (driver: string): XmlFolder<T> => new XmlFolder(join(parent, driver), parse, context);
      return new XmlFolders([folder(qemu), ...others.map(folder)]);
    };
    this.#statuses = foldersIn(stateDir, readStatus);
    this.#definitions = foldersIn(configDir, readDomain);

    const networks = new NetworkFiles(this.#liveNetworks, this.#definedNetworks);
    const owners = new FileOwners({ statuses: this.#statuses, definitions: this.#definitions, ports: this.#ports });
    const status = new DomainStatusRung(this.#statuses, owners, networks);
    this.#status = status;
    const port = new NetworkPortRung(
      this.#ports,
      () => this.#liveNetworks.exists,
      (asked) => status.portIds(asked),
      networks,
    );
    const definition = new DomainRung(this.#definitions, networks);
    this.#virsh =
      virsh === false
        ? undefined
        : new VirshRung({
            virsh: new Virsh(virsh, maxBytes),
            readDomain,
            isNeeded: () => !this.#liveNetworks.exists && !this.#statuses.exists,
            report,
            onChange,
          });
    this.#metadata = new DomainMetadata({
      statuses: this.#statuses,
      virsh: this.#virsh,
      definitions: this.#definitions,
      ports: this.#ports,
      owners,
    });
    this.#names = new DomainNames({
      statuses: this.#statuses,
      virsh: this.#virsh,
      definitions: this.#definitions,
    });
    this.#tables = [owners, port, status, definition, this.#metadata, this.#names];
    // virsh, where it is needed at all, stands in for the live files: it goes before the definitions, which may differ.
    this.#rungs = [port, status, ...(this.#virsh === undefined ? [] : [this.#virsh]), definition];

    this.ready = this.#scan().then(() => this.#virsh?.probe());
    this.#timer = setInterval(() => {
      void this.#scan();
      // Not part of a scan: a virsh that does not answer must not hold it up.
      void this.#virsh?.probe();
      this.#virsh?.refresh();
      if (this.#metadata.lapse(performance.now() - expectMs)) this.#changed();
    }, rescanMs);
    this.#timer.unref();
  }

  /** Grows with every change: as long as it is the same, so are the answers, but for NICs that are not known yet. */
  get revision(): number {
    return this.#revision;
  }

  /** What is known of the NIC's portgroup now. Takes microseconds and never throws. */
  resolve(query: NicQuery): PortgroupAnswer {
    return resolvePortgroup(this.#rungs, query);
  }

  /** The host's device by which the NIC is plugged in now, if its domain's live status names one. A row may be left of another. */
  device(query: NicQuery): string | undefined {
    const devices = new Set(this.#status.candidates(identityOf(query)).map(({ device }) => device));
    const [device] = devices;
    return devices.size === 1 ? device : undefined;
  }

  /** What the domain is called, where anybody tells. */
  domainName(vmId: string): string | undefined {
    return this.#names.of(vmId);
  }

  /** Forgets what a question brought about for domains that are not among `vmIds`: they may come back as others. */
  retain(vmIds: ReadonlySet<string>): void {
    this.#virsh?.retain(vmIds);
    this.#metadata.retain(vmIds);
  }

  /** Whether any source can answer, and which are missing. Meaningful once `ready`. */
  available(): { ok: boolean; missing: string[] } {
    const folders = [this.#liveNetworks, this.#statuses, this.#definitions];
    const missing = folders.filter(({ present }) => !present).map(({ folder }) => folder);
    const virsh = this.#virsh?.present === true;
    if (this.#virsh !== undefined && !virsh && missing.length === folders.length) missing.push('virsh -r');
    return { ok: virsh || folders.some(({ present }) => present), missing };
  }

  /** The domains that run, start, are paused or migrate here, as their status files say; with virsh, those it was asked for. */
  domains(): readonly DomainState[] {
    const files = Array.from(this.#statuses.values(), ([, { state }]) => state);
    return this.#virsh?.present === true ? [...files, ...this.#virsh.states()] : files;
  }

  /**
   * Whether the domain is one of libvirt's that has a port here before it has a status file, which it gets once QEMU is there.
   * `ranBefore` as for `metadata`.
   */
  isExpected(vmId: string, ranBefore: boolean): boolean {
    return this.#metadata.isExpected(vmId, ranBefore);
  }

  /**
   * The elements of an XML namespace in the `<metadata>` of a domain, or why they cannot be known; see DomainMetadata.
   * `ranBefore`: the domain is one of which this process finds traces of its running before.
   */
  metadata(vmId: string, namespace: string, ranBefore: boolean): MetadataAnswer {
    const finding = this.#metadata.find(vmId, ranBefore);
    if (finding.kind === 'unknown') return finding;
    const elements = finding.elements.filter((entry) => entry.namespace === namespace).map(({ element }) => element);
    return { kind: 'metadata', elements };
  }

  /** Ends watches, timers and commands; settles when nothing runs any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#announced !== undefined) clearImmediate(this.#announced);
    for (const folder of [this.#liveNetworks, this.#definedNetworks, this.#statuses, this.#definitions]) folder.close();
    this.#ports.close();
    await this.#virsh?.close();
    await this.#scanning;
    this.#changes.complete();
  }

  #scan(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#scanning ??= this.#scanAll().finally(() => {
      this.#scanning = undefined;
    });
    return this.#scanning;
  }

  async #scanAll(): Promise<void> {
    const folders = [this.#liveNetworks, this.#definedNetworks, this.#statuses, this.#definitions];
    await Promise.all(folders.map((folder) => folder.scan()));
    // After the networks, as their folders are found there.
    await this.#ports.scan();
  }

  #changed(): void {
    this.#revision += 1;
    for (const table of this.#tables) table.invalidate();
    if (this.#closed || this.#announced !== undefined) return;
    this.#announced = setImmediate(() => {
      this.#announced = undefined;
      this.#changes.next();
    });
  }
}
