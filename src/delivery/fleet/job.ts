import type { Point } from '../../kernel/geo.ts';
import type { Drone } from './drone.ts';

/** A drone leg that waits for a drone. */
export interface Job {
  readonly deliveryId: string;
  /** STANDARD 1, EXPRESS 2, PREMIUM 3, VIP_RARE 4. */
  readonly priority: 1 | 2 | 3 | 4;
  readonly pickup: Point;
  readonly drop: Point;
  readonly siteHubId: string;
  readonly payloadKg: number;
  /** Whose weather counts. */
  readonly region: string;
  /** Only drones with more charge than this: 50 for one that takes over from another (REPLACEMENT_SOC). */
  readonly minSoc?: number | undefined;
}

/** A drone that could be sent, and where it lands afterwards. */
export type FreeDrone = Pick<Drone, 'id' | 'class' | 'soc' | 'lat' | 'lon' | 'reliability'> & {
  readonly recovery: Point;
};
