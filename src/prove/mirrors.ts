import type { IndexedPort, Ports } from './ports.ts';
import type { ProvedMirror, ProvedSwitch } from './switch.ts';
import { carries } from './vlans.ts';

/**
 * Where mirrors copy frames to (ofproto-dpif-xlate.c, `mirror_packet`). VLANs that a mirror selects are not looked at, so copies
 * are more than the truth.
 */
export class Mirrors {
  readonly #bySource = new Map<number, IndexedPort[]>();
  readonly #byDestination = new Map<number, IndexedPort[]>();

  constructor({ bridges }: ProvedSwitch, ports: Ports) {
    for (const bridge of bridges) {
      for (const mirror of bridge.mirrors) {
        const copies = this.#targets(bridge.name, mirror, ports);
        const selected = (names: readonly string[]): readonly IndexedPort[] =>
          ports.of(bridge.name).filter(({ port }) => mirror.selectAll || names.includes(port.name));
        for (const { index } of selected(mirror.selectSource)) add(this.#bySource, index, copies);
        for (const { index } of selected(mirror.selectDestination)) add(this.#byDestination, index, copies);
      }
    }
  }

  /** Ports that get a copy of what comes in by `port`. */
  ofInput({ index }: IndexedPort): readonly IndexedPort[] {
    return this.#bySource.get(index) ?? [];
  }

  /** Ports that get a copy of what goes out by any of `ports`. */
  copiesOf(ports: readonly IndexedPort[]): readonly IndexedPort[] {
    if (this.#byDestination.size === 0) return [];
    return ports.flatMap(({ index }) => this.#byDestination.get(index) ?? []);
  }

  #targets(bridge: string, { outputPort, outputVlan }: ProvedMirror, ports: Ports): readonly IndexedPort[] {
    const port = outputPort === undefined ? undefined : ports.named(bridge, outputPort);
    if (port !== undefined) return [port];
    if (outputVlan === undefined) return [];
    return ports.of(bridge).filter((one) => carries(one.port, { outer: outputVlan, inner: 0 }));
  }
}

function add(map: Map<number, IndexedPort[]>, index: number, ports: readonly IndexedPort[]): void {
  map.set(index, [...(map.get(index) ?? []), ...ports]);
}
