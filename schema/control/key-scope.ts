import { builder } from '../builder.ts';

export const KeyScopeEnum = builder.enumType('KeyScope', {
  description: 'What a key may do.',
  values: {
    VIEWER: { description: 'Look at everything of the tenant.' },
    OPERATOR: { description: 'VIEWER, and steer: cycles, issues, offers.' },
    FINANCE: { description: 'VIEWER, and financial figures.' },
    ADMIN: { description: 'All of the tenant, including keys and settings.' },
    INGEST: { description: 'Only send facts.' },
  },
});
