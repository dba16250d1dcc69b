import type { FleetAdapter } from './adapter.ts';
import type { DroneAdapter } from './drone.ts';
import { external } from './external.ts';
import { simulator } from './simulator.ts';

/**
 * The simulator flies its drones by itself. EXTERNAL ones are commanded by events and report by mutation; a MAVSDK or
 * Open-RMF bridge is such a client (docs/fleet-adapters.md).
 */
export const ADAPTERS: Readonly<Record<DroneAdapter, FleetAdapter>> = {
  SIMULATOR: simulator,
  EXTERNAL: external,
};
