import { eventType, instant, shared } from '../engine/event.ts';

eventType('KEY_CHANGED').implement({
  ...shared('KEY_CHANGED'),
  fields: (t) => ({
    registrationId: t.id({ description: 'Plain id of the key.', resolve: (e) => e.payload.registrationId }),
    name: t.string({ description: 'What it is for.', resolve: (e) => e.payload.name }),
    change: t.string({
      description:
        'REGISTERED, STARTED, ROTATED, DELIVERED, CLAIMED, UPDATED, RETIRED, REVOKED, FAILED or DUE.',
      resolve: (e) => e.payload.change,
    }),
    securityLevel: t.string({
      description: 'How much harm it could do.',
      resolve: (e) => e.payload.securityLevel,
    }),
    nextRotationAt: t.field({
      type: 'DateTime',
      description: 'When it is due.',
      resolve: (e) => instant(e.payload.nextRotationAt),
    }),
    reason: t.string({
      nullable: true,
      description: 'Why, e.g. COMPROMISED.',
      resolve: (e) => e.payload.reason,
    }),
  }),
});
