import { ValidationError } from '../../kernel/errors.ts';
import { haversineKm, validatePoint } from '../../kernel/geo.ts';
import type { Hub } from './hub.ts';
import type { LaunchSite } from './launch-site.ts';

/** What an administrator says about a launch site. */
export interface LaunchSiteInput {
  readonly id: string;
  readonly hubId: string;
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
  /** Null keeps what is; a new site starts enabled. */
  readonly isEnabled?: boolean | null | undefined;
}

export const MAX_SITES = 1_000;
const SITE_ID = /^[A-Z][A-Z0-9_]{1,62}$/;

/** Refuses a launch site that could not work, naming the field. Pure; `others` are the tenant's other sites. */
export function checkSite(input: LaunchSiteInput, hubs: readonly Hub[], others: readonly LaunchSite[]): void {
  require(SITE_ID.test(input.id), 'id', 'A site id is capitals, digits and _, e.g. "NODE_EU_001_SITE".');
  const length = input.name.trim().length;
  require(length >= 1 && length <= 200, 'name', 'A name has 1 to 200 characters.');
  validatePoint(input, 'location');
  require(others.length < MAX_SITES, 'id', `A tenant has at most ${MAX_SITES} launch sites.`);
  const isHub = hubs.some((hub) => hub.nodeId === input.id);
  require(!isHub, 'id', `${input.id} is a hub; routes name both, so a site needs another id.`);
  const hub = hubs.find((each) => each.nodeId === input.hubId);
  if (!hub) throw new ValidationError('hubId', `No hub has the node id "${input.hubId}".`);
  const km = haversineKm(hub, input);
  const text = `The site is ${km.toFixed(1)} km from ${hub.nodeId}, whose couriers reach ${hub.coverageKm} km.`;
  require(km <= hub.coverageKm, 'location', text);
}

function require(isRight: boolean, field: string, message: string): void {
  if (!isRight) throw new ValidationError(field, message);
}
