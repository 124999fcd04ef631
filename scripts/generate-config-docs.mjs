import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { register } from 'tsx/esm/api';
import { stringify } from 'yaml';

const help = `Usage: node scripts/generate-config-docs.mjs [--check]

Writes the reference of every configuration key into docs/configuration.md, between its two markers, from
schemas/config.schema.json and the table of flags and variables in src/config/setting.ts. The rest of that
file is written by hand.

  --check   write nothing; exit with 1 when the file is not what would be written
  --help    show this text
`;

const root = new URL('..', import.meta.url);
const schemaFile = new URL('schemas/config.schema.json', root);
const docsFile = new URL('docs/configuration.md', root);
const begin = '<!-- reference: written by scripts/generate-config-docs.mjs -->';
const end = '<!-- end of the reference -->';

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}

const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
const unregister = register();
const { configFile, settings } = await import('../src/config/setting.ts');
await unregister();
const settingOf = new Map(settings.map((setting) => [setting.key, setting]));

const code = (text) => `\`${text}\``;

/** A node with what it refers to filled in; its own words win. */
const resolve = (node) =>
  node.$ref === undefined ? node : { ...schema.$defs[node.$ref.replace('#/$defs/', '')], ...node };

function typeOf(node) {
  if (node.enum !== undefined) return `one of ${node.enum.map((value) => code(value)).join(', ')}`;
  const range = node.minimum === undefined ? '' : `, ${node.minimum} to ${node.maximum}`;
  const items = node.items === undefined ? '' : `, each ${resolve(node.items).title}`;
  return `${node.title}${range}${items}`;
}

/** The default as the file would say it; the description tells of one that depends on other settings. */
function defaultOf(node, isRequired) {
  if (isRequired) return 'none: it is required';
  if (node.default === undefined) {
    if (node.properties !== undefined) return 'that of each of its keys';
    return /Default: /.test(node.description) ? 'see above' : 'none';
  }
  return code(typeof node.default === 'string' ? node.default : JSON.stringify(node.default));
}

function entry(key, node, level, isRequired = false) {
  const setting = settingOf.get(key);
  const lines = [
    `${'#'.repeat(level)} ${code(key)}`,
    '',
    // Placeholders in angle brackets would be taken for HTML.
    node.description.replaceAll('<', '\\<'),
    '',
    `- Type: ${typeOf(node)}.`,
    `- Default: ${defaultOf(node, isRequired)}.`,
    setting === undefined
      ? '- Flag and variable: none.'
      : `- Flag: ${code(setting.usage)}. Variable: ${code(setting.env)}.`,
  ];
  const [example] = node.examples ?? [];
  if (example !== undefined)
    lines.push('', '```yaml', stringify({ [key]: example }, { lineWidth: 0 }).trimEnd(), '```');
  return [...lines, '', ...membersOf(key, node)];
}

/** The keys inside of a map, of a list's maps, or of a map's maps. */
function membersOf(key, node) {
  const inner =
    node.items !== undefined
      ? [`${key}[]`, resolve(node.items)]
      : typeof node.additionalProperties === 'object'
        ? [`${key}.<${key === 'guests' ? 'mac' : 'name'}>`, resolve(node.additionalProperties)]
        : [key, node];
  const [path, map] = inner;
  return Object.entries(map.properties ?? {}).flatMap(([name, member]) =>
    entry(`${path}.${name}`, resolve(member), 4, map.required?.includes(name)),
  );
}

const reference = [
  `The file itself: flag ${code(configFile.usage)}, variable ${code(configFile.env)}, default ${code(configFile.default)}.`,
  '',
  ...Object.entries(schema.properties).flatMap(([key, node]) => entry(key, resolve(node), 3)),
].join('\n');

const path = fileURLToPath(docsFile);
const before = readFileSync(docsFile, 'utf8');
const [head, rest] = before.split(begin);
const tail = rest?.split(end)[1];
if (tail === undefined) throw new Error(`${path} lacks the lines '${begin}' and '${end}'`);
const style = await resolveConfig(path);
const wanted = await format(`${head}${begin}\n\n${reference}\n\n${end}${tail}`, { ...style, parser: 'markdown' });
if (wanted === before) process.exit(0);
if (options.check) {
  process.stderr.write('docs/configuration.md is out of date: run node scripts/generate-config-docs.mjs\n');
  process.exit(1);
}
writeFileSync(docsFile, wanted);
