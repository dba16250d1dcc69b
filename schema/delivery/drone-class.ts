import type { DroneClassName } from '../../src/delivery/routing/index.ts';
import { builder } from '../builder.ts';

export const DroneClassEnum = builder.enumType('DroneClass', {
  description:
    'What a drone can carry, and how fast. With a full pack and no parcel each reaches 40 km and back.',
  values: {
    ECONOMY: { description: 'Up to 2 kg at 40 km/h.' },
    PREMIUM: { description: 'Up to 5 kg at 50 km/h.' },
    ELITE: { description: 'Up to 3 kg at 60 km/h.' },
    BVLOS: { description: 'Up to 10 kg at 70 km/h, beyond visual line of sight.' },
  } satisfies Record<DroneClassName, { description: string }>,
});
