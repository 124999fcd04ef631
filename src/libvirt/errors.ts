export type XmlRefusedCode = 'too-large' | 'not-utf8' | 'doctype' | 'malformed' | 'wrong-root' | 'wrong-content';

/** A document libvirt did not write, or not completely: nothing in it is believed. */
export class XmlRefused extends Error {
  override readonly name = 'XmlRefused';
  readonly code: XmlRefusedCode;
  readonly file: string;

  constructor(code: XmlRefusedCode, file: string, why: string) {
    super(`${file} is ignored: ${why}`);
    this.code = code;
    this.file = file;
  }
}

/** A file that is listed but cannot be read as a regular file. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';
  readonly code = 'file-unreadable';
  readonly file: string;

  constructor(file: string, why: string) {
    super(`${file} cannot be read: ${why}; let the agent read it, as libvirt writes it with mode 0600`);
    this.file = file;
  }
}
