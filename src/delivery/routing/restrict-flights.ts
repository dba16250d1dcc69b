import { idempotently } from '../../control/access/index.ts';
import { writeAudit } from '../../control/audit/index.ts';
import { DomainError, NotFoundError, ValidationError } from '../../kernel/errors.ts';
import { validatePoint } from '../../kernel/geo.ts';
import { isUuid, uuidv7 } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import { restrictionsById } from './read-sky.ts';
import type { FlightRestriction, RestrictionInput } from './sky.ts';
import { countOpen, endZone, insertRestriction } from './store-sky.ts';

/** Every preview looks at all of them. */
export const MAX_OPEN_RESTRICTIONS = 1_000;
const MAX_RADIUS_KM = 2_000;

/**
 * Closes a circle of sky to drones, at once or from an instant on; audited. Flights under way are not called back.
 * ValidationError for an impossible circle or time, LIMIT_EXCEEDED beyond 1,000 that have not ended. Once per
 * idempotency key.
 */
export async function addFlightRestriction(
  scope: Scope,
  input: RestrictionInput,
  idempotencyKey?: string | null,
): Promise<FlightRestriction> {
  const zone = {
    ...checkRestriction(input, scope.now),
    id: uuidv7(scope.now.getTime()),
    createdAt: scope.now,
  };
  const work = async () => {
    await scope.db.tx(async (tx) => {
      if ((await countOpen(tx, scope.tenantId, scope.now)) >= MAX_OPEN_RESTRICTIONS) {
        const text = `A tenant has at most ${MAX_OPEN_RESTRICTIONS} open flight restrictions; end one first.`;
        throw new DomainError('LIMIT_EXCEEDED', text, { limit: MAX_OPEN_RESTRICTIONS });
      }
      await insertRestriction(tx, scope.tenantId, zone);
      const action = 'flight_restriction.add';
      await writeAudit(scope, tx, { action, subject: zone.id, before: null, after: { ...zone } });
    });
    return zone.id;
  };
  return idempotently(scope, idempotencyKey, ['addFlightRestriction', input], work, (id) => find(scope, id));
}

/** Opens the sky again, or calls a restriction off before it begins; audited. Ending one twice changes nothing. */
export async function endFlightRestriction(scope: Scope, id: string): Promise<FlightRestriction> {
  const before = await find(scope, id);
  await scope.db.tx(async (tx) => {
    const after = await endZone(tx, scope.tenantId, id, scope.now);
    if (!after) return;
    const action = 'flight_restriction.end';
    await writeAudit(scope, tx, { action, subject: id, before: { ...before }, after: { ...after } });
  });
  return find(scope, id);
}

async function find(scope: Scope, id: string): Promise<FlightRestriction> {
  const [zone] = await restrictionsById(scope, [id].filter(isUuid));
  if (!zone) throw new NotFoundError('flight restriction', id);
  return zone;
}

/** Refuses a circle or a time that cannot be, naming the field. Pure. */
export function checkRestriction(
  input: RestrictionInput,
  now: Date,
): Omit<FlightRestriction, 'id' | 'createdAt'> {
  const { kind, lat, lon, radiusKm, activeTo = null } = input;
  validatePoint(input, 'center');
  const name = input.name.trim();
  if (name.length < 1 || name.length > 200) {
    throw new ValidationError('name', 'A name has 1 to 200 characters.');
  }
  if (!(radiusKm > 0 && radiusKm <= MAX_RADIUS_KM)) {
    throw new ValidationError(
      'radiusKm',
      `A radius of ${radiusKm} km must be above 0 and at most ${MAX_RADIUS_KM}.`,
    );
  }
  const activeFrom = input.activeFrom ?? now;
  if (activeTo && (activeTo <= activeFrom || activeTo <= now)) {
    throw new ValidationError('activeTo', 'A restriction must end after it begins, and after now.');
  }
  return { kind, name, lat, lon, radiusKm, activeFrom, activeTo };
}
