import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { isCheck, sourceModule, writeBetween } from './lib/generated-docs.mjs';

const help = `Usage: node scripts/generate-config-docs.mjs [--check]

Writes the reference of every configuration key into docs/configuration.md, between its two markers, from
schemas/config.schema.json and the table of flags and variables in src/config/setting.ts. The rest of that
file is written by hand.

  --check   write nothing; exit with 1 when the file is not what would be written
  --help    show this text
`;

const check = isCheck(help);
const schema = JSON.parse(readFileSync(new URL('../schemas/config.schema.json', import.meta.url), 'utf8'));
const { configFile, settings } = await sourceModule('src/config/setting.ts');
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

await writeBetween({
  file: 'docs/configuration.md',
  what: 'reference',
  script: 'generate-config-docs.mjs',
  text: reference,
  check,
});
