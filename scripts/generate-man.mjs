#!/usr/bin/env node
// Writes the manual page of pvlan-agent(8) from what the program says of itself.
import { execFileSync } from 'node:child_process';

const usage = `usage: node scripts/generate-man.mjs PROGRAM [DATE]

Prints the manual page, in the language of man(7), from the --help of PROGRAM, which the build makes, and of each of its commands.
DATE, such as 2026-11-28, stands at its foot.
`;
const [program = '--help', date = ''] = process.argv.slice(2);
if (program === '--help') {
  process.stdout.write(usage);
  process.exit(0);
}

const ask = (...words) =>
  execFileSync(process.execPath, [program, ...words], { encoding: 'utf8', env: { PATH: process.env.PATH } });

/** A line as roff takes it literally: no line begins a request, and hyphens are ASCII ones, to be copied. */
const literal = (line) => {
  const escaped = line.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
};
const verbatim = (text) => ['.nf', ...text.trimEnd().split('\n').map(literal), '.fi'].join('\n');

const main = ask('--help');
const about = /\n\n(.*?)\n\nOptions:/s.exec(main)?.[1] ?? '';
const lists = main.slice(main.indexOf('\n\n', main.indexOf('\nOptions:')), main.indexOf('\nExit codes:'));
const commands = [...lists.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name).filter((name) => name !== 'help');
const exitCodes = /\nExit codes:\n(.*)$/s.exec(main)?.[1] ?? '';
if (about === '' || commands.length === 0 || exitCodes === '') throw new Error('--help does not read as expected');
const version = ask('--version').trim();

process.stdout.write(
  [
    `.TH PVLAN\\-AGENT 8 "${date}" "pvlan\\-agent ${version}" "System Administration"`,
    '.SH NAME',
    'pvlan\\-agent \\- Private VLANs on Open vSwitch for libvirt guests',
    '.SH SYNOPSIS',
    '.B pvlan\\-agent',
    '.I command',
    '[\\fIoption\\fR...]',
    '.SH DESCRIPTION',
    literal(about),
    '.SH COMMANDS',
    ...commands.flatMap((name) => [`.SS ${literal(name)}`, verbatim(ask(name, '--help'))]),
    '.SH EXIT STATUS',
    verbatim(exitCodes),
    '.SH FILES',
    '.TP',
    '.I /etc/pvlan\\-agent/config.yaml',
    'The configuration.',
    '.TP',
    '.I /etc/default/pvlan\\-agent',
    'Environment of the service.',
    '.TP',
    '.I /run/pvlan\\-agent',
    'The control socket.',
    '.SH SEE ALSO',
    '.BR ovs\\-vswitchd (8),',
    '.BR ovs\\-vswitchd.conf.db (5),',
    '.BR virsh (1)',
    '',
  ].join('\n'),
);
