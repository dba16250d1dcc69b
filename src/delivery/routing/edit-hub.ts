import { ValidationError } from '../../kernel/errors.ts';
import { validatePoint } from '../../kernel/geo.ts';
import type { Hub } from './hub.ts';

/** What an administrator says about a hub; the rest follows from work. */
export interface HubInput {
  readonly nodeId: string;
  readonly region: string;
  readonly name: string;
  readonly countries: readonly string[];
  readonly lat: number;
  readonly lon: number;
  readonly coverageKm: number;
  readonly capacity: number;
  readonly successPct: number;
  readonly avgDeliveryMin: number;
  readonly connected: readonly string[];
  /** Null keeps what is; a new hub starts enabled. */
  readonly isEnabled?: boolean | null;
}

export const MAX_HUBS = 1_000;
const NODE_ID = /^[A-Z][A-Z0-9_]{1,62}$/;
const REGION = /^[a-z][a-z0-9_]{1,62}$/;
const COUNTRY = /^[A-Z]{2}$/;
/** Half the circumference of the earth: nothing is farther away. */
const MAX_KM = 20_038;

/** Refuses a hub that could not work, naming the field. Pure; `others` are the tenant's other hubs. */
export function checkHub(input: HubInput, others: readonly Hub[], reserved: number): void {
  require(NODE_ID.test(input.nodeId), 'nodeId', 'A node id is capitals, digits and _, e.g. "NODE_EU_002".');
  require(REGION.test(input.region), 'region', 'A region is small letters, digits and _, e.g. "eu_north".');
  const length = input.name.trim().length;
  require(length >= 1 && length <= 200, 'name', 'A name has 1 to 200 characters.');
  validatePoint(input, 'location');
  inRange(input.coverageKm, 'coverageKm', 0.1, MAX_KM);
  inRange(input.successPct, 'successPct', 1, 100);
  inWholeRange(input.capacity, 'capacity', 0, 1_000_000);
  inWholeRange(input.avgDeliveryMin, 'avgDeliveryMin', 1, 10_080);
  require(input.capacity >= reserved, 'capacity', `${reserved} slots are taken; capacity cannot be less.`);
  require(others.length < MAX_HUBS, 'nodeId', `A tenant has at most ${MAX_HUBS} hubs.`);
  checkCountries(input, others);
  checkConnections(input, others);
  const twin = others.find((hub) => hub.region === input.region);
  require(!twin, 'region', `${twin?.nodeId} already serves the region ${input.region}.`);
}

function checkCountries({ countries }: HubInput, others: readonly Hub[]): void {
  for (const [i, country] of countries.entries()) {
    const field = `countries.${i}`;
    require(COUNTRY.test(country), field, `"${country}" is not an ISO 3166 alpha-2 code such as "DE".`);
    require(countries.indexOf(country) === i, field, `${country} is named twice.`);
    const owner = others.find((hub) => hub.countries?.includes(country));
    require(!owner, field, `${country} already belongs to ${owner?.nodeId}; take it away there first.`);
  }
}

function checkConnections({ connected, nodeId, region }: HubInput, others: readonly Hub[]): void {
  const known = new Set(others.flatMap((hub) => [hub.nodeId, hub.region]));
  for (const [i, name] of connected.entries()) {
    const field = `connected.${i}`;
    require(name !== nodeId && name !== region, field, 'A hub is not connected to itself.');
    require(known.has(name), field, `No hub has the node id or region "${name}".`);
    require(connected.indexOf(name) === i, field, `${name} is named twice.`);
  }
}

function require(isRight: boolean, field: string, message: string): void {
  if (!isRight) throw new ValidationError(field, message);
}

function inRange(value: number, field: string, min: number, max: number): void {
  require(value >= min && value <= max, field, `${field} must be between ${min} and ${max}, not ${value}.`);
}

function inWholeRange(value: number, field: string, min: number, max: number): void {
  require(Number.isInteger(value), field, `${field} must be a whole number.`);
  inRange(value, field, min, max);
}
