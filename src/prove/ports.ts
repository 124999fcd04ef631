import { groupBy } from './group-by.ts';
import { bitsOf, type Bits } from './bits.ts';
import type { ProvedBridge, ProvedPort, ProvedSwitch } from './switch.ts';

/** A port with its number in the proof: ports of all bridges count on. */
export interface IndexedPort {
  readonly index: number;
  readonly bridge: string;
  readonly port: ProvedPort;
}

/** Ports that frames leave by. */
export interface Targets {
  readonly ports: readonly IndexedPort[];
  readonly bits: Bits;
  /** Those that are patch ports. */
  readonly patches: readonly IndexedPort[];
}

/** The ports of all bridges. */
export class Ports {
  readonly all: readonly IndexedPort[];
  readonly #byNumber = new Map<string, Map<number, IndexedPort>>();
  readonly #byName = new Map<string, IndexedPort>();
  readonly #ofBridge: ReadonlyMap<string, readonly IndexedPort[]>;

  constructor({ bridges }: ProvedSwitch) {
    this.all = bridges
      .flatMap(({ name, ports }) => ports.map((port) => ({ bridge: name, port })))
      .map((one, index) => ({ index, ...one }));
    for (const one of this.all) {
      this.#byName.set(`${one.bridge}\n${one.port.name}`, one);
      const numbers = this.#byNumber.get(one.bridge) ?? new Map<number, IndexedPort>();
      this.#byNumber.set(one.bridge, numbers);
      for (const ofport of one.port.ofports) numbers.set(ofport, one);
    }
    this.#ofBridge = groupBy(this.all, ({ bridge }) => bridge);
  }

  get size(): number {
    return this.all.length;
  }

  at(bridge: string, ofport: number): IndexedPort | undefined {
    return this.#byNumber.get(bridge)?.get(ofport);
  }

  named(bridge: string, name: string): IndexedPort | undefined {
    return this.#byName.get(`${bridge}\n${name}`);
  }

  of(bridge: ProvedBridge['name']): readonly IndexedPort[] {
    return this.#ofBridge.get(bridge) ?? [];
  }

  bits(ports: Iterable<IndexedPort>): Bits {
    return bitsOf(
      this.size,
      Array.from(ports, ({ index }) => index),
    );
  }

  targets(ports: readonly IndexedPort[]): Targets {
    return { ports, bits: this.bits(ports), patches: ports.filter(({ port }) => port.peer !== undefined) };
  }
}
