import Table from 'cli-table3';
import { Dict } from '../../src/base/dict.ts';
import { DesiredState } from '../../src/desire/desired-bridge.ts';
import { guestSources } from '../../src/observe/guest-sources.ts';
import { marksOf } from '../../src/observe/marks.ts';
import { encodeSetting, SAVED_KEY } from '../../src/observe/saved-setting.ts';
import { Surveyor } from '../../src/observe/survey.ts';
import { decide } from '../../src/bridge/decide/decide.ts';
import type { Decision } from '../../src/bridge/decide/decision.ts';
import { FlowMirror } from '../../src/bridge/flows/flow-mirror.ts';
import { NO_MEMORY, type Memory } from '../../src/bridge/decide/memory.ts';
import { acknowledged } from '../../src/bridge/decide/outcomes.ts';
import { PortJournal } from '../../src/bridge/report/port-journal.ts';
import { SettingsInForce } from '../../src/bridge/rows/settings-in-force.ts';
import { encodeFlowMod } from '../../src/openflow/flow-mod-codec.ts';
import { layoutFrom } from '../../src/pipeline/layout.ts';
import { parked } from '../../src/pvlan/vlan-setting.ts';
import { NO_POLICY, PLAIN } from '../support/ports.ts';
import { bridgeRow, interfaceRow, portRow, uuid } from '../support/rows.ts';
import { percentile } from './statistics.ts';

/** Guests there are when the next is born. */
const SIZES = [10, 100, 1000, 4000];
const LAYOUT = layoutFrom(60, 145);
/** What the agent has written to the row of a parked port. */
const SAVED = { [SAVED_KEY]: encodeSetting(PLAIN) };
/** Births until the compiler is warm, and those that are measured. */
const WARM = 200;
const MEASURED = 100;

/** The steps of a birth, in the order in which they are taken. */
const STEPS = ['survey', 'judge', 'decide', 'encode', 'tell'] as const;

/** The agent's work at a birth without the switch and the database: rows → bundle, to the bytes. */
class OwnWork {
  // Tables are values, as in VswitchDatabase.
  #ports = Dict.empty<ReturnType<typeof uuid>, ReturnType<typeof portRow>>();
  #interfaces = Dict.empty<ReturnType<typeof uuid>, ReturnType<typeof interfaceRow>>();
  #members: readonly ReturnType<typeof uuid>[] = [];
  readonly #surveyor = new Surveyor();
  readonly #goals = new DesiredState();
  readonly #sources = guestSources(NO_POLICY, undefined);
  readonly #settings = new SettingsInForce();
  readonly #mirror = new FlowMirror();
  readonly #journal = new PortJournal('br1', { info: () => undefined, warn: () => undefined, error: () => undefined });
  #memory: Memory = NO_MEMORY;
  /** Milliseconds by step. */
  readonly spent = new Map<string, number>();

  /** Rows of a guest that is born parked, without and then with its number. */
  plug(number: number, ofport: number | undefined): void {
    const mac = [number >> 8, number & 0xff].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
    const ids = { 'iface-id': `nic-${number}`, 'attached-mac': `02:00:00:00:${mac}`, 'port-profile': 'isolated-2102' };
    if (ofport === undefined) {
      this.#ports = this.#ports.with(uuid(2, number), portRow(number, parked(PLAIN, true), SAVED));
      this.#members = [...this.#members, uuid(2, number)];
    }
    this.#interfaces = this.#interfaces.with(uuid(3, number), interfaceRow(number, ofport, ids));
  }

  /** One step of the agent, and the acknowledgement of its bundle. */
  step(): void {
    const found = this.#time('survey', () => {
      const bridges = new Map([[uuid(1, 1), bridgeRow(1, this.#members)]]);
      const survey = this.#surveyor.survey(
        { bridges, ports: this.#ports, interfaces: this.#interfaces },
        this.#sources,
      );
      this.#settings.observe(survey);
      return survey;
    });
    const desired = this.#time('judge', () => this.#goals.update(found, NO_POLICY).get('br1'));
    if (desired === undefined) throw new Error('the bridge has no goal');
    const take = (): Decision =>
      this.#time('decide', () => {
        const observed = {
          connection: { kind: 'up', software: '3.1.0' } as const,
          generation: 0,
          isStale: false,
          isUndisturbed: this.#mirror.undisturbed,
          flows: this.#mirror.flows,
          foreign: new Map(),
          settings: this.#settings.seen,
          isBusyWithFlows: false,
          isBusyWithRows: false,
        };
        return decide(LAYOUT, desired, observed, this.#memory, 0);
      });
    const decision = take();
    this.#time('encode', () => decision.mods.map((mod) => encodeFlowMod(mod, 0x06)));
    this.#time('tell', () => {
      this.#journal.note(decision.ports);
    });
    this.#mirror.reached(decision.wanted);
    this.#memory = acknowledged(decision.memory, decision);
    const { memory, transactions } = take();
    this.#memory = memory;
    // The database takes what is written: the marks.
    for (const { judged } of transactions) {
      const [row] = judged.port.interfaces;
      if (row === undefined) continue;
      const marked = { ...row, external_ids: new Map([...row.external_ids, ...marksOf(judged.verdict)]) };
      this.#interfaces = this.#interfaces.with(row._uuid, marked);
    }
  }

  #time<T>(step: (typeof STEPS)[number], work: () => T): T {
    // Processor time: what else the machine does is not the agent's work.
    const start = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(start);
    this.spent.set(step, (this.spent.get(step) ?? 0) + (user + system) / 1000);
    return result;
  }
}

const table = new Table({
  head: ['guests', ...STEPS, 'all', 'p99 of all', 'unit'],
  style: { head: [], border: [] },
});
const all: number[] = [];
for (const size of SIZES) {
  const work = new OwnWork();
  for (let number = 1; number <= size; number += 1) work.plug(number, undefined);
  work.step();
  for (let number = 1; number <= size; number += 1) work.plug(number, number);
  work.step();
  work.step();
  const births: number[] = [];
  const steps = new Map<string, number[]>();
  for (let birth = 1; birth <= WARM + MEASURED; birth += 1) {
    work.spent.clear();
    work.plug(size + birth, undefined);
    work.step();
    work.plug(size + birth, size + birth);
    work.step();
    // Its mark shows in its row.
    work.step();
    if (birth <= WARM) continue;
    for (const step of STEPS) steps.set(step, [...(steps.get(step) ?? []), work.spent.get(step) ?? 0]);
    births.push([...work.spent.values()].reduce((sum, time) => sum + time, 0));
  }
  const median = percentile(births, 50);
  all.push(median);
  const medians = STEPS.map((step) => percentile(steps.get(step) ?? [], 50).toFixed(2));
  table.push([size, ...medians, median.toFixed(2), percentile(births, 99).toFixed(2), 'ms']);
}
process.stdout.write(`${table.toString()}\n`);
const growth = (from: number, to: number): string =>
  (Math.log((all[to] ?? 1) / (all[from] ?? 1)) / Math.log((SIZES[to] ?? 1) / (SIZES[from] ?? 1))).toFixed(2);
process.stdout.write(
  `exponent from 100 to 1,000 guests: ${growth(1, 2)}; from 1,000 to 4,000: ${growth(2, 3)}; from 100 to 4,000: ${growth(1, 3)}\n`,
);
