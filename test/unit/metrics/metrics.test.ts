import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Timings } from '../../../src/bridge/timings.ts';
import type { PortStatus } from '../../../src/bridge/report/status.ts';
import { listenAddress } from '../../../src/metrics/address.ts';
import { METRICS, type MetricKind } from '../../../src/metrics/catalogue.ts';
import { exposition } from '../../../src/metrics/exposition.ts';
import { ENDPOINT_SERIES, samplesOf, type MetricFacts } from '../../../src/metrics/samples.ts';

const ROOT = join(import.meta.dirname, '../../..');

function port(number: number): PortStatus {
  return {
    name: `vnet${number}`,
    ofport: number,
    mac: '02:00:00:00:00:01',
    state: 'installed',
    role: number % 2 === 0 ? 'community-2102-web' : 'isolated-2102',
    outside: false,
    quarantine: undefined,
    hold: undefined,
  } as PortStatus;
}

function facts(ports: number, endpoints: boolean): MetricFacts {
  const all = Array.from({ length: ports }, (_, index) => port(index));
  const bridge = { name: 'br"0', openflow: 'up', error: undefined, flows: 9, repairs: 2, ports: all } as const;
  return {
    status: {
      version: '1',
      pid: 1,
      startedAt: '',
      database: { connected: true, detail: '' },
      mode: 'active',
      bridges: [bridge],
      alarms: [],
      advice: [],
      settled: true,
    } as unknown as MetricFacts['status'],
    drops: {
      at: undefined,
      ratesKnown: false,
      totals: [
        { bridge: 'br0', pvlan: 2102, cause: 'tagged', packets: 2 },
        { bridge: 'br1', pvlan: 2102, cause: 'tagged', packets: 3 },
        { bridge: 'br1', pvlan: undefined, cause: 'parking-vlan', packets: 1 },
      ],
      ports: all.map(({ name }) => ({
        bridge: 'br0',
        port: name,
        pvlan: 2102,
        cause: 'tagged',
        packets: 1,
        perMinute: undefined,
      })),
    },
    timings: new Timings(),
    endpoints,
    proofs: [{ bridge: 'br0', isProved: true, ageSeconds: 2 }],
  };
}

describe('the metrics', () => {
  it('count ports by role and state, drops of every bridge, and alarms that do not stand as 0', () => {
    const text = exposition(samplesOf(facts(5, false)));
    expect(text).to.contain('pvlan_endpoints{pvlan="2102",role="isolated",state="installed"} 2\n');
    expect(text).to.contain('pvlan_endpoints{pvlan="2102",role="community",state="installed"} 3\n');
    expect(text).to.contain('pvlan_dropped_packets_total{pvlan="2102",cause="tagged"} 5\n');
    expect(text).to.contain('pvlan_dropped_packets_total{pvlan="none",cause="parking-vlan"} 1\n');
    expect(text).to.contain('pvlan_alarms{code="fails-open"} 0\n');
    expect(text).to.contain('pvlan_flows{bridge="br\\"0"} 9\n');
    expect(text).to.contain('pvlan_proof_ok{bridge="br0"} 1\n');
  });

  it('are as many for ten ports as for a thousand', () => {
    const series = (ports: number): number => samplesOf(facts(ports, false)).length;
    expect(series(1000)).to.equal(series(10));
  });

  it('have at most so many series of single ports, and say how many are missing', () => {
    const text = exposition(samplesOf(facts(ENDPOINT_SERIES + 5, true)));
    expect(text.match(/^pvlan_endpoint_info\{/gm)).to.have.length(ENDPOINT_SERIES);
    expect(text).to.contain('pvlan_endpoint_series_left_out{metric="pvlan_endpoint_info"} 5\n');
  });

  it('have the labels of the catalogue and no others', () => {
    for (const { name, labels } of samplesOf(facts(3, true))) {
      const kind: MetricKind = METRICS[name];
      expect(Object.keys(labels), name).to.have.members(kind.labels);
    }
  });

  it('count what takes no longer than each bound of a histogram', () => {
    const given = facts(0, false);
    for (const seconds of [0.002, 0.02, 99]) given.timings.protection.observe(seconds);
    const text = exposition(samplesOf(given));
    expect(text).to.contain('pvlan_protection_seconds_bucket{le="0.0025"} 1\n');
    expect(text).to.contain('pvlan_protection_seconds_bucket{le="10"} 2\n');
    expect(text).to.contain('pvlan_protection_seconds_bucket{le="+Inf"} 3\n');
    expect(text).to.contain('pvlan_protection_seconds_count 3\n');
  });

  it('are the only ones that rules and dashboard ask for', () => {
    const known = new Set(Object.keys(METRICS));
    for (const file of ['prometheus/pvlan-agent.rules.yml', 'grafana/pvlan-agent.json']) {
      const asked = readFileSync(join(ROOT, 'contrib', file), 'utf8').match(/\bpvlan_[a-z_]+/g) ?? [];
      expect(asked, file).to.have.length.above(5);
      const unknown = asked.filter((name) => !known.has(name.replace(/_bucket$/, '')));
      expect(unknown, file).to.deep.equal([]);
    }
  });
});

describe('the address of the metrics', () => {
  it('is of this host alone unless it says otherwise', () => {
    expect(listenAddress('9477')).to.deep.equal({ kind: 'tcp', host: '127.0.0.1', port: 9477 });
    expect(listenAddress('[::1]:9477')).to.deep.equal({ kind: 'tcp', host: '::1', port: 9477 });
    expect(listenAddress('0.0.0.0:9477')).to.deep.equal({ kind: 'tcp', host: '0.0.0.0', port: 9477 });
    expect(listenAddress('unix:/run/m.sock')).to.deep.equal({ kind: 'unix', path: '/run/m.sock' });
  });

  it('has a port that there is', () => {
    for (const wrong of ['0', '65536', 'host', 'host:']) expect(() => listenAddress(wrong), wrong).to.throw(RangeError);
  });
});
