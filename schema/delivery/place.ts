import type { Place } from '../../src/delivery/routing/index.ts';
import { builder } from '../builder.ts';

/** Where a package is picked up or goes. */
export const PlaceType = builder.objectRef<Place>('Place').implement({
  description: 'A point with its country.',
  fields: (t) => ({
    country: t.field({
      type: 'CountryCode',
      description: 'ISO 3166-1 alpha-2.',
      resolve: (place) => place.country,
    }),
    lat: t.field({ type: 'Latitude', description: 'Degrees north.', resolve: (place) => place.lat }),
    lon: t.field({ type: 'Longitude', description: 'Degrees east.', resolve: (place) => place.lon }),
  }),
});
