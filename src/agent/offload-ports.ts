import type { DesiredBridge } from '../desire/desired-bridge.ts';
import type { OffloadPort } from '../host/tx-offload.ts';

/** The guests' ports of a bridge as far as offloads are concerned; those without a number have no device yet. */
export function offloadPorts(desired: DesiredBridge): readonly OffloadPort[] {
  return desired.ports.flatMap(({ port }) =>
    port.kind !== 'guest' || port.ofports.length === 0
      ? []
      : port.interfaces.map((one) => ({
          uuid: one._uuid,
          name: one.name,
          portgroup: port.portgroup.kind === 'portgroup' ? port.portgroup.name : undefined,
        })),
  );
}
