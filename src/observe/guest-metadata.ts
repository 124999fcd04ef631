import { inspect } from 'node:util';
import type { XmlElement } from '../libvirt/element.ts';
import { NO_FACTS, type GuestFacts, type IpPrefix } from '../pvlan/guest-facts.ts';
import { readIpPrefix } from '../pvlan/ip-prefix.ts';
import { groupAddress, macAddress, type GroupMac, type Mac } from '../pvlan/mac.ts';

/** XML namespace of the element in a domain's `<metadata>` that tells facts of the guest's NICs. */
export const GUEST_NAMESPACE = 'urn:pvlan-agent:guest:1';

/**
 * Facts, or why those that are or may be written down cannot be known: the guest's port has to stay closed then. `awaited`: that
 * will solve itself.
 */
export type GuestMetadata =
  { readonly facts: GuestFacts } | { readonly problem: string; readonly awaited: boolean; readonly remedy?: string };

/** A guest's metadata is read for each of its ports again and again, and each address costs flows. */
const MAX_NICS = 256;
const MAX_ADDRESSES = 64;
const MAX_EXTRA_MACS = 256;

/**
 * What `elements`, those of GUEST_NAMESPACE in a domain's `<metadata>`, say of its NIC `mac`; NO_FACTS where they say nothing.
 * Whatever is not understood is a problem of the NIC it belongs to, and of every NIC where that cannot be told: an address that
 * is misspelt must not end in a guest that may use any. Never throws.
 */
export function guestFacts(elements: readonly XmlElement[], mac: Mac): GuestMetadata {
  try {
    return { facts: readGuest(elements, mac) };
  } catch (error) {
    if (!(error instanceof Misunderstood)) throw error;
    const edit = `virsh metadata <domain> ${GUEST_NAMESPACE} --key pvlan --edit --live --config`;
    return {
      problem: `the metadata of its domain ${error.message}`,
      awaited: false,
      remedy: `correct it with '${edit}'`,
    };
  }
}

class Misunderstood extends Error {
  override readonly name = 'Misunderstood';
}

function readGuest(elements: readonly XmlElement[], mac: Mac): GuestFacts {
  const [guest, ...others] = elements;
  if (guest === undefined) return NO_FACTS;
  if (others.length > 0) throw new Misunderstood(`has ${elements.length} elements of ${GUEST_NAMESPACE}, not one`);
  const scope: Scope = new Map([[split(guest.name).prefix, GUEST_NAMESPACE]]);
  expectShape(guest, 'guest', []);
  if (guest.children.length > MAX_NICS) throw new Misunderstood(`has more than ${MAX_NICS} elements in <guest>`);
  const inGuest = within(scope, guest);
  // The addresses of all come first: one that is misspelt could be this NIC's.
  const nics = guest.children.filter((nic) => nicAddress(nic, inGuest) === mac);
  const [nic, ...repeated] = nics;
  if (nic === undefined) return NO_FACTS;
  if (repeated.length > 0) throw new Misunderstood(`has ${nics.length} elements <nic mac='${mac}'>, not one`);
  return readNic(nic, within(inGuest, nic), mac);
}

function nicAddress(nic: XmlElement, scope: Scope): Mac {
  expectNamespace(nic, within(scope, nic));
  expectShape(nic, 'nic', ['mac']);
  const written = nic.attributes.get('mac');
  const mac = macAddress(written ?? '');
  if (mac === undefined)
    throw new Misunderstood(
      `has a <nic> with ${written === undefined ? 'no mac' : `mac ${show(written)}`}, which is no station address`,
    );
  return mac;
}

function readNic(nic: XmlElement, scope: Scope, mac: Mac): GuestFacts {
  const addresses: IpPrefix[] = [];
  const extraMacs: Mac[] = [];
  const groupMacs: GroupMac[] = [];
  const ofNic = `for NIC ${mac}`;
  for (const child of nic.children) {
    const inChild = within(scope, child);
    expectNamespace(child, inChild);
    const { local } = split(child.name);
    const text = child.text.trim();
    if (local !== 'address' && local !== 'extra-mac') {
      throw new Misunderstood(`has <${brief(child.name)}> ${ofNic}, where only <address> and <extra-mac> are known`);
    }
    if (child.children.length > 0 || ownAttributes(child).length > 0) {
      throw new Misunderstood(`has more than text in <${local}> ${ofNic}`);
    }
    if (local === 'address') {
      const reading = readIpPrefix(text);
      if ('problem' in reading)
        throw new Misunderstood(`has an <address> ${ofNic} that ${reading.problem}, ${show(text)}`);
      addresses.push(reading.prefix);
    } else {
      const extra = macAddress(text);
      const group = groupAddress(text);
      if (extra !== undefined) extraMacs.push(extra);
      else if (group !== undefined) groupMacs.push(group);
      else
        throw new Misunderstood(`has an <extra-mac> ${ofNic} that is no station's or group's address, ${show(text)}`);
    }
  }
  if (nic.text.trim() !== '') throw new Misunderstood(`has text outside of <address> and <extra-mac> ${ofNic}`);
  if (addresses.length > MAX_ADDRESSES || extraMacs.length + groupMacs.length > MAX_EXTRA_MACS) {
    throw new Misunderstood(`has more than ${MAX_ADDRESSES} <address> or ${MAX_EXTRA_MACS} <extra-mac> ${ofNic}`);
  }
  const facts = { addresses: addresses.length === 0 ? undefined : addresses, extraMacs };
  return groupMacs.length === 0 ? facts : { ...facts, groupMacs };
}

/** Namespaces by prefix, '' for the default one. */
type Scope = ReadonlyMap<string, string>;

function within(scope: Scope, element: XmlElement): Scope {
  const declared = [...element.attributes].flatMap(([name, uri]): [string, string][] => {
    if (name === 'xmlns') return [['', uri]];
    return name.startsWith('xmlns:') ? [[name.slice('xmlns:'.length), uri]] : [];
  });
  return declared.length === 0 ? scope : new Map([...scope, ...declared]);
}

function expectNamespace(element: XmlElement, scope: Scope): void {
  if (scope.get(split(element.name).prefix) !== GUEST_NAMESPACE) {
    throw new Misunderstood(
      `has <${brief(element.name)}> in <guest>, which is not of the namespace ${GUEST_NAMESPACE}`,
    );
  }
}

/** An element of that name with `attributes` alone, and children but no text. */
function expectShape(element: XmlElement, name: string, attributes: readonly string[]): void {
  if (split(element.name).local !== name) {
    throw new Misunderstood(`has <${brief(element.name)}> where <${name}> is expected`);
  }
  const unknown = ownAttributes(element).find((attribute) => !attributes.includes(attribute));
  if (unknown !== undefined)
    throw new Misunderstood(`has the attribute ${brief(unknown)} on <${name}>, which is not known`);
  if (name === 'guest' && element.text.trim() !== '')
    throw new Misunderstood('has text in <guest> outside of its elements');
}

/** The names of attributes that are no declarations. */
function ownAttributes(element: XmlElement): readonly string[] {
  return [...element.attributes.keys()].filter((name) => name !== 'xmlns' && !name.startsWith('xmlns:'));
}

function split(name: string): { readonly prefix: string; readonly local: string } {
  const colon = name.indexOf(':');
  return colon < 0 ? { prefix: '', local: name } : { prefix: name.slice(0, colon), local: name.slice(colon + 1) };
}

/** Text of others in a message: quoted, escaped and short. */
function show(text: string): string {
  return inspect(text, { maxStringLength: 60 });
}

function brief(name: string): string {
  return show(name).slice(1, -1).slice(0, 60);
}
