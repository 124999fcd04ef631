/** One XML element, read only. Character references are already resolved. */
export class XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The element's own character data, unchanged, without that of its children. */
  readonly text: string;

  constructor(name: string, attributes: ReadonlyMap<string, string>, children: readonly XmlElement[], text: string) {
    this.name = name;
    this.attributes = attributes;
    this.children = children;
    this.text = text;
  }

  /** The attribute's value; an empty one counts as absent, as it does for libvirt. */
  attribute(name: string): string | undefined {
    const value = this.attributes.get(name);
    return value === '' ? undefined : value;
  }

  /** The first child element of that name. */
  child(name: string): XmlElement | undefined {
    return this.children.find((child) => child.name === name);
  }

  /** All child elements of that name, in document order. */
  childrenNamed(name: string): readonly XmlElement[] {
    return this.children.filter((child) => child.name === name);
  }

  /** The first element down that path of names, or undefined where a step is missing. */
  at(...path: readonly string[]): XmlElement | undefined {
    return path.reduce<XmlElement | undefined>((element, name) => element?.child(name), this);
  }

  /** The text of a child element, or undefined if it is missing or empty. */
  textOf(name: string): string | undefined {
    const text = this.child(name)?.text;
    return text === undefined || text.trim() === '' ? undefined : text;
  }

  /** For comparing two versions of a document with JSON.stringify, which cannot see into a Map. */
  toJSON(): unknown {
    return [this.name, [...this.attributes], this.children, this.text];
  }
}
