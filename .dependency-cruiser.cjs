// The folder tree is the architecture: imports point one way, from the wiring to the libraries, never back.
// docs/architecture.md draws the same picture for people.
const { readFileSync } = process.getBuiltinModule('node:fs');

const layer = (name, folder, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: [`^src/${folder}/`, ...allowed.map((other) => `^src/${other}/`)] },
});

/** Whatever the index of a library does not export is its own business. */
const throughIndex = (folder) => {
  const index = readFileSync(`${__dirname}/src/${folder}/index.ts`, 'utf8');
  const offered = [...index.matchAll(/^export .* from '\.\/(.+)';$/gm)].map(
    ([, module]) => `^src/${folder}/${module}$`,
  );
  return {
    name: `${folder}-offers`,
    comment: `Import what src/${folder}/index.ts exports; add the module there when it is meant for others.`,
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/${folder}/` },
    to: { path: `^src/${folder}/`, pathNot: [`^src/${folder}/index\\.ts$`, ...offered] },
  };
};

const BELOW_BRIDGE = ['base', 'observe', 'desire', 'alarm', 'ovsdb', 'openflow', 'vswitch', 'pvlan', 'pipeline'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' }, to: {} },
    { name: 'src-not-to-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|scripts)/' } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'not-to-dev-dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'pvlan-is-pure',
      comment: 'The domain is data in, data out: no package, no node builtin, no other folder but base.',
      severity: 'error',
      from: { path: '^src/pvlan/' },
      to: { pathNot: '^src/(pvlan|base)/' },
    },
    throughIndex('ovsdb'),
    throughIndex('openflow'),
    layer('base', 'base', [], 'What several libraries need: it knows no protocol and nothing of the product.'),
    layer('ovsdb-is-a-library', 'ovsdb', ['base'], 'RFC 7047 knows nothing of the product.'),
    layer('openflow-is-a-library', 'openflow', ['base'], 'OpenFlow knows nothing of the product.'),
    layer('libvirt-is-a-library', 'libvirt', ['base'], 'libvirt sources know nothing of PVLANs or Open vSwitch.'),
    layer('vswitch', 'vswitch', ['base', 'ovsdb'], 'The Open_vSwitch database in types.'),
    layer('pipeline', 'pipeline', ['base', 'pvlan', 'openflow'], 'Policy in, flows out; pure.'),
    layer('prove', 'prove', ['pvlan', 'openflow'], 'Flows and settings in, a proof out; pure.'),
    layer('config', 'config', ['base', 'pvlan'], 'Configuration speaks in domain words.'),
    layer('alarm', 'alarm', [], 'What needs the operator, as values; whoever finds it may say so.'),
    layer(
      'fleet',
      'fleet',
      ['base', 'alarm', 'ovsdb', 'pvlan'],
      'What hosts tell each other by a database of their own; it decides nothing about a port.',
    ),
    layer(
      'observe',
      'observe',
      ['base', 'libvirt', 'vswitch', 'ovsdb', 'pvlan'],
      'Rows and what libvirt says → ports; decides nothing.',
    ),
    layer(
      'desire',
      'desire',
      ['base', 'observe', 'pvlan', 'pipeline'],
      'Ports → verdicts → what each bridge has to become; pure.',
    ),
    layer('bridge', 'bridge', BELOW_BRIDGE, 'What is decided for one bridge, and the driver that carries it out.'),
    layer(
      'bridge-flows',
      'bridge/flows',
      [...BELOW_BRIDGE],
      'Ours and foreign flows, indexed by place, and their difference.',
    ),
    layer('bridge-rows', 'bridge/rows', [...BELOW_BRIDGE], 'What rows say against what they have to say.'),
    layer(
      'bridge-decide',
      'bridge/decide',
      [...BELOW_BRIDGE, 'bridge/flows', 'bridge/rows'],
      'The decision, its holds and its memory; pure.',
    ),
    layer('bridge-drops', 'bridge/drops', [...BELOW_BRIDGE], 'What flows have dropped, by cause and port; pure.'),
    layer(
      'bridge-report',
      'bridge/report',
      [...BELOW_BRIDGE, 'bridge/flows', 'bridge/rows', 'bridge/decide'],
      'Decisions told to people: states, journal, alarms of a bridge and its ports.',
    ),
    layer(
      'host',
      'host',
      ['base', 'alarm', 'vswitch', 'ovsdb'],
      'What concerns the whole host and decides nothing about isolation.',
    ),
    layer(
      'control',
      'control',
      ['base', 'alarm', 'bridge'],
      'The status, and the socket that serves it; it changes nothing.',
    ),
    layer(
      'metrics',
      'metrics',
      ['base', 'alarm', 'bridge', 'control'],
      'The status and the counters as Prometheus reads them.',
    ),
    layer(
      'verify',
      'verify',
      ['base', 'observe', 'desire', 'bridge', 'prove', 'pvlan', 'pipeline', 'vswitch', 'ovsdb', 'openflow'],
      'Asks the running switch and judges by roles; it knows nothing of the wiring.',
    ),
    layer('graph', 'graph', ['base', 'desire', 'pvlan'], 'What every port is, as a picture; pure.'),
    {
      name: 'agent-is-the-wiring',
      comment: 'All wiring, and nothing that prints: only the commands stand above it.',
      severity: 'error',
      from: { path: '^src/agent/' },
      to: { path: '^src/(verify|cli)/' },
    },
    {
      name: 'wiring-is-on-top',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(agent|cli)/' },
      to: { path: '^src/(agent|cli)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
