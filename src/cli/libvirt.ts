import { GUEST_NAMESPACE } from '../observe/guest-metadata.ts';
import type { Config, LibvirtConfig } from '../config/config.ts';
import { LibvirtSources } from '../libvirt/sources.ts';
import type { LibvirtEvent, Report } from '../libvirt/report.ts';
import { CommandError, ExitCode } from './exit-code.ts';

/** libvirt's files, and virsh in their stead, as the configuration names them. */
export function libvirtSources({ stateDir, configDir, virshUri }: LibvirtConfig, report: Report): LibvirtSources {
  return new LibvirtSources({ stateDir, configDir, virsh: { uri: virshUri }, namespaces: [GUEST_NAMESPACE], report });
}

/**
 * Opens libvirt's files as `config` names them, read whole; undefined for `libvirt: none`.
 * @throws CommandError when no source of portgroups is there: an agent without one would close every guest
 */
export async function openLibvirt(config: Config, report: Report): Promise<LibvirtSources | undefined> {
  if (config.libvirt === 'none') return undefined;
  // What goes wrong before the first look is over is said once, by the error below.
  let tell: Report | undefined;
  const early: LibvirtEvent[] = [];
  const sources = libvirtSources(config.libvirt, (event) => {
    if (tell === undefined) early.push(event);
    else tell(event);
  });
  await sources.ready;
  const available = sources.available();
  if (available.ok) {
    tell = report;
    early.forEach(report);
    return sources;
  }
  await sources.close();
  throw new CommandError(
    ExitCode.LIBVIRT,
    `no source of portgroups: ${available.missing.join(', ')} cannot be read. Mount libvirt's folders read-only, name others ` +
      `under 'libvirt' in the configuration, or say --libvirt none to go by the ports' port-profile alone`,
  );
}
