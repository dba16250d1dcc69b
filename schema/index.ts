import './scalars.ts';
import './errors.ts';
import './money.ts';
import './control/tenants.ts';
import './control/tenant-mutations.ts';
import './control/api-keys.ts';
import './control/audit.ts';
import './engine/cycles.ts';
import './engine/status.ts';
import './engine/events.ts';
import './commerce/customers.ts';
import './commerce/orders.ts';
import './commerce/carts.ts';
import './commerce/payments.ts';
import './commerce/error-events.ts';
import './commerce/imports.ts';
import './growth/issue-rules.ts';
import './growth/issues.ts';
import './growth/kpis.ts';
import './delivery/rarity.ts';
import './delivery/opportunities.ts';
import './delivery/offers.ts';
import './delivery/delivery-mutations.ts';
import './delivery/routing.ts';
import './delivery/route-preview.ts';
import { builder } from './builder.ts';

/** The whole contract. Domains register themselves by being imported above. */
export const schema = builder.toSchema();
