import type { DesiredBridge } from '../desire/desired-bridge.ts';
import { encodeSetting } from '../observe/saved-setting.ts';
import { copiesOf } from './copies.ts';
import type { DatapathPorts } from './datapath-ports.ts';
import type { Difference } from './difference.ts';
import { NotUnderstoodError } from './errors.ts';
import { frameText } from './frame.ts';
import type { FloodVlans } from './flood-vlans.ts';
import type { Interrogator } from './interrogator.ts';
import { judgeCopies, type Finding, type Stations } from './judge-copies.ts';
import { questionsFromOutside } from './outsider.ts';
import { questionsFor, type Question, type Target } from './question.ts';
import type { GroupReport, VerifyReport } from './report.ts';
import { groupsOf, stationsOf, type Group, type Station } from './station.ts';
import { overhear, type Word } from './overhear.ts';
import { talksOf, type Talk } from './talk.ts';
import { readTrace, restsOn } from './trace-text.ts';

/** Traces that a report keeps in full; one is enough to see what is wrong. */
const KEPT_TRACES = 3;

/**
 * Asks ovs-vswitchd what it would do with every kind of frame between all ports of each Private VLAN, and compares with
 * what the roles allow. Reads only. What it cannot tell counts as a difference.
 * @throws OvsdbError when ovs-vswitchd goes away meanwhile
 */
export async function verify(
  bridges: Iterable<DesiredBridge>,
  daemon: Interrogator,
  floodVlans: FloodVlans = new Map(),
): Promise<VerifyReport> {
  const started = performance.now();
  const all = [...bridges];
  const ports = await daemon.ports();
  const known = new Map(
    all.flatMap(stationsOf).map((station) => [`${station.bridge}\n${station.ofport ?? ''}`, station]),
  );
  const groups: GroupReport[] = [];
  for (const group of all.flatMap(groupsOf)) {
    const members = new Map([...known, ...byPlace(group.stations)]);
    const stations: Stations = (bridge, ofport) => members.get(`${bridge}\n${ofport}`);
    groups.push(await new Hearing(group, daemon, ports, stations, floodVlans.get(group.bridge) ?? []).report());
  }
  return { groups, milliseconds: performance.now() - started };
}

/** The questions about one group and what came of them. */
class Hearing {
  readonly #group: Group;
  readonly #daemon: Interrogator;
  readonly #ports: DatapathPorts;
  readonly #stations: Stations;
  readonly #unlearned: readonly number[];
  readonly #differences: Difference[] = [];
  #traces = 0;

  constructor(
    group: Group,
    daemon: Interrogator,
    ports: DatapathPorts,
    stations: Stations,
    unlearned: readonly number[],
  ) {
    this.#group = group;
    this.#daemon = daemon;
    this.#ports = ports;
    this.#stations = stations;
    this.#unlearned = unlearned;
  }

  async report(): Promise<GroupReport> {
    const { bridge, primary, stations } = this.#group;
    for (const station of stations) {
      if (station.unsettled === undefined) continue;
      const { wanted, found } = station.unsettled;
      const message = `its VLAN setting is ${encodeSetting(found)} and should be ${encodeSetting(wanted)}`;
      this.#differences.push({ ...NO_FRAME, bridge, kind: 'setting', from: station.name, message });
    }
    const questions = [
      ...stations.flatMap((station) => questionsFor(station, this.#group)),
      ...questionsFromOutside(this.#group),
    ];
    await this.#daemon.forEach(questions, (question, lane) => this.#hear(question, lane));
    await this.#daemon.forEach(talksOf(this.#group), (talk, lane) => this.#overhear(talk, lane));
    return { bridge, primary, stations, differences: this.#differences, traces: this.#traces };
  }

  async #hear(question: Question, lane: number): Promise<void> {
    const [first, ...rest] = question.targets;
    if (first === undefined) return;
    const answer = await this.#ask(question, first, lane);
    if (answer !== undefined && !restsOn(answer, 'dl_dst')) {
      // The switch never looked at the destination, so every other frame fares the same.
      for (const target of rest) this.#judge(question, target, answer.text);
      return;
    }
    for (const target of rest) await this.#ask(question, target, lane);
  }

  async #overhear(talk: Talk, lane: number): Promise<void> {
    const { guest, router } = talk;
    const base = { bridge: guest.bridge, frame: 'unicast', from: guest.name, to: router.name };
    const ask = (word: Word): Promise<string> => {
      this.#traces += 1;
      return this.#daemon.trace(guest.bridge, frameText(word.frame, word.speaker), lane);
    };
    try {
      const overheard = await overhear(talk, ask, this.#ports, this.#unlearned);
      if (overheard === undefined) return;
      const { message, word, trace } = overheard;
      const kept = this.#differences.length < KEPT_TRACES ? trace : undefined;
      const question = frameText(word.frame, word.speaker);
      this.#differences.push({ ...base, kind: 'flood', message, question, trace: kept });
    } catch (error) {
      if (!(error instanceof NotUnderstoodError)) throw error;
      this.#differences.push({
        ...base,
        kind: 'unclear',
        message: error.message,
        question: undefined,
        trace: undefined,
      });
    }
  }

  async #ask(question: Question, target: Target, lane: number) {
    const frame = frameText({ ...question.frame, dst: target.dst }, question.speaker);
    this.#traces += 1;
    try {
      const text = await this.#daemon.trace(question.from.bridge, frame, lane);
      this.#judge(question, target, text);
      return { ...readTrace(text), text };
    } catch (error) {
      if (!(error instanceof NotUnderstoodError)) throw error;
      this.#record(question, target, undefined, [{ kind: 'unclear', to: onlyTarget(target), message: error.message }]);
      return undefined;
    }
  }

  #judge(question: Question, target: Target, text: string): void {
    try {
      const vids = question.frame.vid === undefined ? [] : [question.frame.vid];
      const ends = { src: question.frame.src, dst: target.dst };
      const copies = copiesOf(readTrace(text).actions, vids, ends);
      this.#record(question, target, text, judgeCopies(question, target, copies, this.#ports, this.#stations));
    } catch (error) {
      if (!(error instanceof NotUnderstoodError)) throw error;
      this.#record(question, target, text, [{ kind: 'unclear', to: onlyTarget(target), message: error.message }]);
    }
  }

  #record(question: Question, target: Target, text: string | undefined, findings: readonly Finding[]): void {
    for (const finding of findings) {
      this.#differences.push({
        ...finding,
        bridge: question.from.bridge,
        frame: question.name,
        from: question.from.name,
        question: frameText({ ...question.frame, dst: target.dst }, question.speaker),
        trace: this.#differences.length < KEPT_TRACES ? text : undefined,
      });
    }
  }
}

function byPlace(stations: readonly Station[]): ReadonlyMap<string, Station> {
  return new Map(stations.map((station) => [`${station.bridge}\n${station.ofport ?? ''}`, station]));
}

const NO_FRAME = { frame: undefined, to: undefined, question: undefined, trace: undefined } as const;

function onlyTarget(target: Target): string | undefined {
  return target.to.length === 1 ? target.to[0]?.name : undefined;
}
