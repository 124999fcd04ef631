import { expect } from 'chai';
import { execa } from 'execa';
import { completionFor, SHELLS } from '../../../src/cli/completion/shells.ts';
import { wordsOf } from '../../../src/cli/completion/words.ts';
import { program } from '../../../src/cli/program.ts';

const commands = wordsOf(program('0'));

/** What bash offers where the last of `words` is being typed. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const script = `${completionFor('bash', 'pvlan-agent', commands)}
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _pvlan_agent
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['-c', script, 'bash', 'pvlan-agent', ...words]);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('completion', () => {
  it('offers commands, their aliases, and what begins with what is typed', async () => {
    expect(await offered('')).to.include.members(['run', 'status', 'why', 'explain', 'graph', 'completion']);
    expect(await offered('ver')).to.deep.equal(['verify']);
  });

  it('offers the flags of a command, and the values of a flag that has a few', async () => {
    expect(await offered('explain', '--')).to.include.members(['--address', '--flows', '--json', '--help']);
    expect(await offered('graph', '--format', '')).to.deep.equal(['mermaid', 'dot', 'svg', 'json']);
  });

  it('leaves to the shell what may be anything: a file, a guest', async () => {
    expect(await offered('run', '--config', '')).to.deep.equal([]);
    expect(await offered('who', '')).to.deep.equal([]);
  });

  it('tells every shell every command and every flag', () => {
    for (const shell of SHELLS) {
      const text = completionFor(shell, 'pvlan-agent', commands);
      for (const { names, options } of commands) {
        for (const name of names) expect(text).to.include(name);
        for (const { flag } of options) expect(text).to.include(flag.slice(2));
      }
    }
  });

  it('is quoted whatever a description says', () => {
    const hostile = [{ names: ['x'], about: "it's $(touch /tmp/no)", options: [] }];
    expect(completionFor('fish', 'p', hostile)).to.include(String.raw`'it\'s $(touch /tmp/no)'`);
    expect(completionFor('zsh', 'p', hostile)).to.include(String.raw`'x:it'\''s $(touch /tmp/no)'`);
  });
});
