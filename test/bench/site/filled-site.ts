import type { Task } from '../benchmark.ts';
import { Site } from './site.ts';

/** Guests that come with one transaction: what a host restores after a reboot comes by hundreds, and a test of one at a time fills too slowly. */
export async function filledSite({ ports, bundle }: Task, { watched = false } = {}): Promise<Site> {
  const site = await Site.create();
  try {
    await site.startAgent(bundle, { watched });
    await site.onlooker.seen(await site.plug(ports), 'marked');
    return site;
  } catch (error) {
    await site.close();
    throw error;
  }
}
