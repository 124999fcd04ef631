import type { CommandWords } from './words.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The code with which a shell completes `name`, by what it is told of its commands. Where any value will do it offers files. */
export function completionFor(shell: Shell, name: string, commands: readonly CommandWords[]): string {
  const write = { bash, zsh, fish }[shell];
  return write(name, commands);
}

function bash(name: string, commands: readonly CommandWords[]): string {
  const all = commands.flatMap(({ names }) => names).join(' ');
  const cases = commands.map(({ names, options }) => {
    const values = options
      .filter(({ choices }) => choices.length > 0)
      .map(
        ({ flag, choices }) => `${flag}) COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$word")); return ;;`,
      );
    const free = options.filter(({ takesValue, choices }) => takesValue && choices.length === 0);
    const files = free.length === 0 ? [] : [`${free.map(({ flag }) => flag).join('|')}) return ;;`];
    const flags = options.map(({ flag }) => flag).join(' ');
    return [
      `    ${names.join('|')})`,
      `      case $previous in ${[...values, ...files].join(' ')} esac`,
      `      [[ $word == -* ]] && COMPREPLY=($(compgen -W ${quoted(`${flags} --help`)} -- "$word")) ;;`,
    ].join('\n');
  });
  return `_pvlan_agent() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quoted(`${all} help --help --version`)} -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
}
complete -o default -F _pvlan_agent ${name}`;
}

function zsh(name: string, commands: readonly CommandWords[]): string {
  const described = commands.flatMap(({ names, about }) =>
    names.map((one) => quoted(`${one}:${about.replaceAll(':', ' ')}`)),
  );
  const cases = commands.map(({ names, options }) => {
    const specs = options.map(({ flag, about, takesValue, choices }) => {
      const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files';
      return quoted(`${flag}[${about.replaceAll(/[[\]:]/g, ' ')}]${takesValue ? value : ''}`);
    });
    return `    ${names.join('|')}) _arguments ${[...specs, "'--help[help]'", "'*:argument:_files'"].join(' ')} ;;`;
  });
  return `#compdef ${name}
_pvlan_agent() {
  local -a commands
  commands=(${described.join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _pvlan_agent ${name}`;
}

function fish(name: string, commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ names, about, options }) => [
    ...names.map((one) => `complete -c ${name} -n __fish_use_subcommand -f -a ${one} -d ${fishQuoted(about)}`),
    ...options.map(({ flag, about: what, takesValue, choices }) => {
      const value = takesValue ? (choices.length > 0 ? ` -x -a ${fishQuoted(choices.join(' '))}` : ' -r') : '';
      return `complete -c ${name} -n '__fish_seen_subcommand_from ${names.join(' ')}' -l ${flag.slice(2)}${value} -d ${fishQuoted(what)}`;
    }),
  ]);
  return lines.join('\n');
}

/** One word for a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
