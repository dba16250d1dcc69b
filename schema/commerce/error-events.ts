import { importErrorEvents } from '../../src/commerce/errors/index.ts';
import { builder } from '../builder.ts';
import { INSTANT, ITEM_ID, ITEM_UPDATED_AT, ITEM_VERSION, importMutation } from './import-items.ts';

const ImportErrorEventItem = builder.inputType('ImportErrorEventItem', {
  description: 'Errors that one of the tenant’s own systems had.',
  fields: (t) => ({
    externalId: t.string({ description: ITEM_ID }),
    version: t.field({ type: 'LooseNumber', description: ITEM_VERSION }),
    updatedAt: t.string({ description: ITEM_UPDATED_AT }),
    service: t.string({ description: 'Which system, 1–200 characters; must be there.' }),
    message: t.string({ description: 'What it said, 1–2,000 characters; must be there.' }),
    count: t.field({
      type: 'LooseNumber',
      description: 'How many errors this stands for, 1–1,000,000; default 1.',
    }),
    occurredAt: t.string({ description: `Must be there. ${INSTANT}` }),
  }),
});

importMutation(
  'importErrorEvents',
  'Reports up to 1,000 errors of the tenant’s own systems; many in one hour raise ERROR_SPIKE.',
  ImportErrorEventItem,
  null,
  importErrorEvents,
);
