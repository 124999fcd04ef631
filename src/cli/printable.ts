/** Characters that do something to a terminal, or to the order of what it shows, rather than being shown. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * One line to print: whoever named a port or a portgroup must not move the cursor, begin a line of their own or turn the text
 * around. Escaped as JSON escapes, so that JSON stays what it is.
 */
export function printableLine(text: string): string {
  return text.replaceAll(UNSEEN, escape);
}

/** The same for text of several lines. */
export function printable(text: string): string {
  return text.replaceAll(UNSEEN, (character) => (character === '\n' ? character : escape(character)));
}

function escape(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16);
    return `\\u${unit.padStart(4, '0')}`;
  }).join('');
}
