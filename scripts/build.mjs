#!/usr/bin/env node
// Bundles the agent and everything it depends on into one file that runs wherever Node does, with no node_modules beside it.
import { chmod, stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const usage = `usage: node scripts/build.mjs [--entry FILE] [--outfile FILE] [--minify]

Writes dist/pvlan-agent.mjs and its source map. Needs no network.
  --entry FILE    entry point (default: src/cli/main.ts)
  --outfile FILE  result (default: dist/pvlan-agent.mjs)
  --minify        shorten names and white space
  --help          this text
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: 'src/cli/main.ts' },
    outfile: { type: 'string', default: 'dist/pvlan-agent.mjs' },
    minify: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}

process.chdir(root);

/** Puts the code that ajv made of the configuration's schema in the place of the module that makes it. */
const compiledSchema = {
  name: 'compiled schema',
  setup(building) {
    building.onLoad({ filter: /[/]src[/]config[/]validator\.ts$/ }, async () => ({ contents: await schemaCode() }));
  },
};

async function schemaCode() {
  const maker = await build({
    stdin: {
      contents: `
        import standalone from 'ajv/dist/standalone/index.js';
        import { ajv, validator } from './src/config/validator.ts';
        export default standalone.default(ajv, { validator: validator.schema.$id });`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const code = Buffer.from(maker.outputFiles[0].contents).toString('base64');
  return (await import(`data:text/javascript;base64,${code}`)).default;
}

const started = performance.now();
const { metafile } = await build({
  entryPoints: [values.entry],
  outfile: values.outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minify: values.minify,
  // Stack traces keep their names even when everything else is shortened.
  keepNames: values.minify,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'eof',
  metafile: true,
  plugins: [compiledSchema],
  logLevel: 'warning',
  banner: {
    // CommonJS dependencies call require() for Node's own modules, which an ES module does not have.
    js: [
      '#!/usr/bin/env node',
      "import { createRequire as createRequireOfBundle } from 'node:module';",
      'const require = createRequireOfBundle(import.meta.url);',
    ].join('\n'),
  },
});
await chmod(values.outfile, 0o755);

const bytes = (await stat(values.outfile)).size;
const sources = Object.keys(metafile.inputs).length;
const took = Math.round(performance.now() - started);
process.stdout.write(`${values.outfile}: ${(bytes / 1024).toFixed(0)} KiB from ${sources} files in ${took} ms\n`);
