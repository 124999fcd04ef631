import type { Action } from '../openflow/action.ts';
import { Port } from '../openflow/action.ts';
import { perform, type Unmodelled } from './actions.ts';
import type { Bits } from './bits.ts';
import { arriving, dependsOnUnknown, matching, type FrameSet } from './frame-set.ts';
import type { HeaderSpace } from './header-space.ts';
import { Mirrors } from './mirrors.ts';
import { Normal } from './normal.ts';
import type { IndexedPort, Ports, Targets } from './ports.ts';
import type { ProvedSwitch } from './switch.ts';
import { Tables, type Rule } from './tables.ts';

/** Told of what becomes of the frames of one sender. `trail`: the rules that they met, in order; it is valid during the call alone. */
export interface Witness {
  /** Some of `frames` leave by each of `ports`. */
  leaves(ports: Bits, frames: FrameSet, trail: readonly Rule[]): void;
  /** What becomes of `frames` is not known. */
  unproved(reason: string, frames: FrameSet, trail: readonly Rule[]): void;
}

/** ovs-vswitchd gives up on deeper nesting (ofproto-dpif-xlate.c, MAX_DEPTH). */
const MAX_DEPTH = 64;

/** More rules met by one sender's frames than this, and the proof gives up rather than run for hours. */
const MAX_STEPS = 20_000_000;

/** Follows sets of frames through the flow tables of a switch (ofproto-dpif-xlate.c, `xlate_table_action`, `do_xlate_actions`). */
export class Walk {
  readonly #space: HeaderSpace;
  readonly #ports: Ports;
  readonly #tables: ReadonlyMap<string, Tables>;
  readonly #normal: Normal;
  readonly #mirrors: Mirrors;
  readonly #trail: Rule[] = [];
  #witness: Witness | undefined;
  #steps = 0;

  constructor(model: ProvedSwitch, space: HeaderSpace, ports: Ports) {
    this.#space = space;
    this.#ports = ports;
    this.#tables = new Map(model.bridges.map(({ name, flows }) => [name, new Tables(name, flows, space)]));
    this.#normal = new Normal(model, space, ports);
    this.#mirrors = new Mirrors(model, ports);
  }

  /** Sends every frame with a header in `headers` (by field; default: every frame there is) in by `ofport` of `bridge`. */
  send(bridge: string, ofport: number, witness: Witness, headers = this.#space.everything): void {
    this.#witness = witness;
    this.#steps = 0;
    this.#trail.length = 0;
    const frames = arriving(ofport, headers);
    const from = this.#ports.at(bridge, ofport);
    const copies = from === undefined ? [] : this.#mirrors.ofInput(from);
    if (copies.length > 0) witness.leaves(this.#ports.bits(copies), { ...frames, widened: true }, this.#trail);
    this.#table(bridge, 0, frames, 0, () => undefined);
  }

  /** `asIf`: the input port that the table is asked with, which is the frames' own but in a resubmit. */
  #table(
    bridge: string,
    table: number,
    frames: FrameSet,
    depth: number,
    then: (frames: FrameSet) => void,
    asIf = frames.inPort,
  ): void {
    if (depth > MAX_DEPTH) {
      this.#witness?.unproved(`tables and bridges nest deeper than ${MAX_DEPTH}`, frames, this.#trail);
      return;
    }
    const tables = this.#tables.get(bridge);
    const { inPort } = frames;
    const asked = asOf(frames, asIf);
    let left: readonly FrameSet[] = [asked];
    const meet = (set: FrameSet, rule: Rule): void => {
      const fitting = matching(set, rule.match);
      if (fitting !== undefined) this.#apply(rule, marked(asOf(fitting, inPort), rule), depth, then);
    };
    for (const levels of tables?.levels(table, asIf) ?? []) {
      // Rules of one priority that overlap: Open vSwitch takes any of them, so each gets everything it fits.
      for (const level of levels) level.fitting(asked, left, meet);
      for (const level of levels) left = level.rest(asked, left);
      if (left.length === 0) return;
    }
    // A frame that no flow fits is dropped; where a resubmit asked, the list goes on.
    for (const set of left) then(asOf(set, inPort));
  }

  #apply(rule: Rule, frames: FrameSet, depth: number, then: (frames: FrameSet) => void): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) {
      if (this.#steps === MAX_STEPS + 1) this.#witness?.unproved('the flow tables are too large', frames, this.#trail);
      return;
    }
    this.#trail.push(rule);
    const { flow, bridge } = rule;
    if ((flow.unknownInstructions ?? []).length > 0) {
      this.#witness?.unproved('the flow has an instruction that the proof does not know', frames, this.#trail);
    }
    this.#actions(bridge, flow.actions, 0, frames, depth, (after) => {
      if (flow.gotoTable === undefined) then(after);
      else this.#table(bridge, flow.gotoTable, after, depth + 1, then);
    });
    this.#trail.pop();
  }

  #actions(
    bridge: string,
    actions: readonly Action[],
    index: number,
    frames: FrameSet,
    depth: number,
    then: (frames: FrameSet) => void,
  ): void {
    let state = frames;
    for (let at = index; at < actions.length; at++) {
      const action = actions[at];
      if (action === undefined) break;
      if (action.type === 'output' && isNumber(action.port)) {
        // A flood list: its outputs have one answer.
        const targets: IndexedPort[] = [];
        for (; at < actions.length; at++) {
          const next = actions[at];
          if (next?.type !== 'output' || !isNumber(next.port)) break;
          const target = next.port === state.inPort ? undefined : this.#ports.at(bridge, next.port);
          if (target !== undefined) targets.push(target);
        }
        at -= 1;
        this.#leaveBy(this.#unprotected(bridge, targets, state), state, depth);
      } else if (action.type === 'output') {
        this.#output(bridge, action.port, state, depth);
      } else if (action.type === 'resubmit') {
        const next = at + 1;
        const asIf = resubmitPort(action.inPort, state.inPort);
        this.#table(
          bridge,
          action.table,
          state,
          depth + 1,
          (after) => {
            this.#actions(bridge, actions, next, after, depth, then);
          },
          asIf,
        );
        return;
      } else {
        const results = perform(action, state, this.#space, (why: Unmodelled) => {
          this.#witness?.unproved(why, state, this.#trail);
        });
        const [only, ...others] = results;
        if (only === undefined) return;
        // Where an action tells frames apart, each part goes on by itself.
        for (const other of others) this.#actions(bridge, actions, at + 1, other, depth, then);
        state = only;
      }
    }
    then(state);
  }

  #output(bridge: string, port: number, frames: FrameSet, depth: number): void {
    switch (port) {
      case Port.NORMAL:
        this.#normal.switch(bridge, frames, (targets, set) => {
          this.#leave(targets, set, depth);
        });
        return;
      case Port.CONTROLLER:
        this.#witness?.unproved('the frame goes to a controller', frames, this.#trail);
        return;
      case Port.FLOOD:
      case Port.ALL: {
        const others = this.#ports.of(bridge).filter(({ port: { ofports } }) => !ofports.includes(frames.inPort));
        this.#leaveBy(this.#unprotected(bridge, others, frames), frames, depth);
        return;
      }
      case Port.IN_PORT: {
        const target = this.#ports.at(bridge, frames.inPort);
        if (target !== undefined) this.#leaveBy(this.#unprotected(bridge, [target], frames), frames, depth);
        return;
      }
      default:
        this.#witness?.unproved(`the frame goes to the reserved port 0x${port.toString(16)}`, frames, this.#trail);
    }
  }

  /** Ports that `protected` does not keep from frames of this input port (`xlate_flow_is_protected`). */
  #unprotected(bridge: string, targets: readonly IndexedPort[], { inPort }: FrameSet): readonly IndexedPort[] {
    const from = this.#ports.at(bridge, inPort);
    return from?.port.vlan.protected === true ? targets.filter(({ port }) => !port.vlan.protected) : targets;
  }

  #leaveBy(ports: readonly IndexedPort[], frames: FrameSet, depth: number): void {
    if (ports.length > 0) this.#leave(this.#ports.targets(ports), frames, depth);
  }

  /** The frames leave; by a patch port, they go on in the bridge at its other end. */
  #leave({ ports, bits, patches }: Targets, frames: FrameSet, depth: number): void {
    const witness = this.#witness;
    if (ports.length === 0 || witness === undefined) return;
    const copies = this.#mirrors.copiesOf(ports);
    witness.leaves(copies.length === 0 ? bits : this.#ports.bits([...ports, ...copies]), frames, this.#trail);
    for (const { port } of patches) {
      if (port.peer === undefined) continue;
      const peer = this.#ports.named(port.peer.bridge, port.peer.port);
      const number = peer?.port.ofports[0];
      if (peer === undefined || number === undefined) continue;
      const across: FrameSet = {
        ...arriving(number, frames.was),
        now: frames.now,
        innerTag: frames.innerTag,
        widened: frames.widened,
      };
      this.#table(peer.bridge, 0, across, depth + 1, () => undefined);
    }
  }
}

/** The input port that a resubmit asks with. */
function resubmitPort(named: number | undefined, inPort: number): number {
  return named === undefined || named === 0xfff8 || named === Port.IN_PORT ? inPort : named;
}

/** `frames`, come in by `inPort`. */
function asOf(frames: FrameSet, inPort: number): FrameSet {
  return frames.inPort === inPort ? frames : { ...frames, inPort };
}

/** Whether an output names a port by its number. */
function isNumber(port: number): boolean {
  return port < 0xffffff00 || port === Port.LOCAL;
}

/** Frames of a rule that may apply or not are more than the truth. */
function marked(frames: FrameSet, { match }: Rule): FrameSet {
  const maybe = match.uncertain || dependsOnUnknown(frames, match);
  return maybe && !frames.widened ? { ...frames, widened: true } : frames;
}
