import type { Flow } from '../openflow/flow.ts';
import { TAGGED } from '../openflow/match.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import { tunnelVlan } from '../pvlan/vlan-setting.ts';
import type { BridgeContext } from './context.ts';
import { portCookie } from './cookie.ts';
import { Step } from './layout.ts';
import { remember } from './registers.ts';
import { NORMAL } from './steps.ts';

/**
 * Tagged frames of a `dot1q-tunnel` port. They are in the port's VLAN whatever tag they bear, which is content behind the tag that
 * NORMAL puts on: those of a guest outside are judged as its untagged ones are. Those of routers and other switches NORMAL
 * switches alone, since guests are stations of one VLAN and get nothing that bears another's tag.
 */
export function tunnelFlows({ kind, port }: Verdict, { vlans, going, layout }: BridgeContext): readonly Flow[] {
  const own = tunnelVlan(port.vlan);
  if (own === undefined || kind === 'guest' || kind === 'quarantined') return [];
  const facts = vlans.find(({ vlan }) => vlan === own);
  return port.ofports.map((ofport): Flow => {
    const flow = { cookie: portCookie(ofport), actions: [] };
    if (facts === undefined) {
      // A tag of a Private VLAN's says nothing here, unless it comes out where the port's VLAN leaves the bridge without one.
      return {
        ...flow,
        table: layout.arrival,
        priority: Step.EXACT,
        match: { inPort: ofport },
        ...(going.includes(own) ? { gotoTable: layout.nested } : { actions: [NORMAL] }),
      };
    }
    const isJudged = kind === 'stranger' && !going.includes(own);
    return {
      ...flow,
      table: layout.classify,
      priority: layout.priorities.CUSTOMER,
      match: { inPort: ofport, vlan: TAGGED },
      actions: isJudged ? remember(facts) : [],
      gotoTable: isJudged ? layout.stranger : layout.nested,
    };
  });
}
