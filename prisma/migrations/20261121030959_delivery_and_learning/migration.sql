-- AlterTable
ALTER TABLE "customer" ADD COLUMN     "accepts_marketing" BOOLEAN;

-- AlterTable
ALTER TABLE "offer" ADD COLUMN     "accepted_at" TIMESTAMPTZ(3),
ADD COLUMN     "answered_via" TEXT,
ADD COLUMN     "arm" TEXT,
ADD COLUMN     "authorized_at" TIMESTAMPTZ(3),
ADD COLUMN     "decision_id" UUID,
ADD COLUMN     "dispatched_at" TIMESTAMPTZ(3),
ADD COLUMN     "experiment_id" UUID,
ADD COLUMN     "is_learned" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "propensity" DOUBLE PRECISION,
ADD COLUMN     "weights_version" INTEGER;

-- AlterTable
ALTER TABLE "hub" ADD COLUMN     "alerted_at" TIMESTAMPTZ(3),
ADD COLUMN     "delivered" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "failed" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "engine_settings" ADD COLUMN     "dispatch_ground_fallback" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "dispatch_mode" TEXT NOT NULL DEFAULT 'AUTO',
ADD COLUMN     "drone_delivery_enabled" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "learning_mode" TEXT NOT NULL DEFAULT 'AUTO',
ADD COLUMN     "money_at_risk_minor" BIGINT NOT NULL DEFAULT 25000000,
ADD COLUMN     "offer_ground_fallback" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "offers_need_consent" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "require_confidence" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "simulation_speed" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "stabilise_mode" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "engine_counters" ADD COLUMN     "capacity_alerted_at" TIMESTAMPTZ(3),
ADD COLUMN     "dispatches" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "network_fingerprint" TEXT;

-- CreateTable
CREATE TABLE "decision" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "formula_version" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "inputs" JSONB NOT NULL,
    "output" JSONB NOT NULL,
    "output_hash" TEXT NOT NULL,
    "reasons" JSONB NOT NULL,
    "verdict" TEXT,
    "verdict_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "decision_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "effect" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "dedupe_key" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_until" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "result" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "effect_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "launch_site" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "hub_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "lat" DOUBLE PRECISION NOT NULL,
    "lon" DOUBLE PRECISION NOT NULL,
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "launch_site_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "drone" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "class" TEXT NOT NULL,
    "adapter" TEXT NOT NULL,
    "site_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "soc" DOUBLE PRECISION NOT NULL,
    "lat" DOUBLE PRECISION NOT NULL,
    "lon" DOUBLE PRECISION NOT NULL,
    "altitude_m" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "speed_kmh" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "reliability" DOUBLE PRECISION NOT NULL DEFAULT 0.999,
    "delivery_id" UUID,
    "telemetry_at" TIMESTAMPTZ(3),
    "seen_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "drone_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "flight" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "drone_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "plan" JSONB NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "picked_up_at" TIMESTAMPTZ(3),
    "dropped_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "reason" TEXT,

    CONSTRAINT "flight_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "offer_id" UUID NOT NULL,
    "opportunity_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "priority" TEXT NOT NULL,
    "destination_region" TEXT NOT NULL,
    "is_region_overridden" BOOLEAN NOT NULL DEFAULT false,
    "route_path" TEXT[],
    "legs" JSONB NOT NULL,
    "leg_index" INTEGER NOT NULL DEFAULT 0,
    "leg_started_at" TIMESTAMPTZ(3),
    "success_probability" DOUBLE PRECISION NOT NULL,
    "eta_min" INTEGER NOT NULL,
    "cost_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "weight_grams" INTEGER NOT NULL,
    "drone_id" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "is_rerouted" BOOLEAN NOT NULL DEFAULT false,
    "is_suspect" BOOLEAN NOT NULL DEFAULT false,
    "reason" TEXT,
    "proof" JSONB,
    "decision_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "assigned_at" TIMESTAMPTZ(3),
    "picked_up_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "payment_account" (
    "tenant_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "key_id" TEXT,
    "secret" TEXT,
    "webhook_secret" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payment_account_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "charge" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "offer_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "provider_ref" TEXT,
    "status" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "authorized_minor" BIGINT NOT NULL DEFAULT 0,
    "captured_minor" BIGINT NOT NULL DEFAULT 0,
    "refunded_minor" BIGINT NOT NULL DEFAULT 0,
    "action_url" TEXT,
    "failure_code" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "charge_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "charge_entry" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "charge_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "source" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "charge_entry_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "payment_webhook" (
    "tenant_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "charge_id" UUID,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payment_webhook_pkey" PRIMARY KEY ("tenant_id","provider","event_id")
);

-- CreateTable
CREATE TABLE "test_payment" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "test_payment_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "hub_reservation" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "hub_id" TEXT NOT NULL,
    "opportunity_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "hub_reservation_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "weather_report" (
    "tenant_id" UUID NOT NULL,
    "region" TEXT NOT NULL,
    "severity" INTEGER NOT NULL,
    "wind_kmh" DOUBLE PRECISION NOT NULL,
    "source" TEXT NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "weather_report_pkey" PRIMARY KEY ("tenant_id","region")
);

-- CreateTable
CREATE TABLE "flight_restriction" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "lat" DOUBLE PRECISION NOT NULL,
    "lon" DOUBLE PRECISION NOT NULL,
    "radius_km" DOUBLE PRECISION NOT NULL,
    "active_from" TIMESTAMPTZ(3) NOT NULL,
    "active_to" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "flight_restriction_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "delivery_watch" (
    "tenant_id" UUID NOT NULL,
    "owner" TEXT,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "delivery_watch_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "outcome" (
    "tenant_id" UUID NOT NULL,
    "action_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "pattern_key" TEXT NOT NULL,
    "is_converted" BOOLEAN NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "realized_minor" BIGINT NOT NULL,
    "expected_minor" BIGINT NOT NULL,
    "rating" INTEGER,
    "sentiment" TEXT,
    "is_complaint" BOOLEAN NOT NULL DEFAULT false,
    "score" DOUBLE PRECISION NOT NULL,
    "status" TEXT NOT NULL,
    "customer_id" UUID,
    "items" JSONB NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "learned_at" TIMESTAMPTZ(3),

    CONSTRAINT "outcome_pkey" PRIMARY KEY ("tenant_id","action_id","kind")
);

-- CreateTable
CREATE TABLE "pattern_weight" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,
    "n" INTEGER NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pattern_weight_pkey" PRIMARY KEY ("tenant_id","key")
);

-- CreateTable
CREATE TABLE "strategy_state" (
    "tenant_id" UUID NOT NULL,
    "action_type" TEXT NOT NULL,
    "aggressiveness" INTEGER NOT NULL DEFAULT 0,
    "price_minor" BIGINT,
    "base_minor" BIGINT,
    "price_currency" CHAR(3),
    "changed_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "strategy_state_pkey" PRIMARY KEY ("tenant_id","action_type")
);

-- CreateTable
CREATE TABLE "strategy_change" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "action_type" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "before" JSONB NOT NULL,
    "after" JSONB NOT NULL,
    "evidence" JSONB NOT NULL,
    "reasons" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "decision_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "closed_by" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "strategy_change_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "offer_exclusion" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" UUID,
    "tokens" TEXT[],
    "categories" TEXT[],
    "action_id" UUID NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "offer_exclusion_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "price_experiment" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "action_type" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "weights_version" INTEGER NOT NULL DEFAULT 1,
    "seed" INTEGER NOT NULL,
    "holdout" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "budget_offers" INTEGER,
    "ends_at" TIMESTAMPTZ(3),
    "message" TEXT,
    "winner" TEXT,
    "p_best" DOUBLE PRECISION,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "reweighted_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "price_experiment_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "price_arm" (
    "tenant_id" UUID NOT NULL,
    "experiment_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "price_minor" BIGINT NOT NULL,
    "is_control" BOOLEAN NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,
    "status" TEXT NOT NULL,
    "paused_reason" TEXT,

    CONSTRAINT "price_arm_pkey" PRIMARY KEY ("tenant_id","experiment_id","key")
);

-- CreateTable
CREATE TABLE "arm_assignment" (
    "tenant_id" UUID NOT NULL,
    "experiment_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "arm" TEXT NOT NULL,
    "propensity" DOUBLE PRECISION NOT NULL,
    "weights_version" INTEGER NOT NULL,
    "is_holdout" BOOLEAN NOT NULL DEFAULT false,
    "assigned_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "arm_assignment_pkey" PRIMARY KEY ("tenant_id","experiment_id","customer_id")
);

-- CreateIndex
CREATE INDEX "decision_tenant_id_created_at_id_idx" ON "decision"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "decision_tenant_id_subject_idx" ON "decision"("tenant_id", "subject");

-- CreateIndex
CREATE INDEX "effect_tenant_id_subject_created_at_idx" ON "effect"("tenant_id", "subject", "created_at");

-- CreateIndex
CREATE INDEX "effect_tenant_id_created_at_id_idx" ON "effect"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "effect_tenant_id_dedupe_key_key" ON "effect"("tenant_id", "dedupe_key");

-- CreateIndex
CREATE INDEX "launch_site_tenant_id_hub_id_idx" ON "launch_site"("tenant_id", "hub_id");

-- CreateIndex
CREATE INDEX "drone_tenant_id_site_id_idx" ON "drone"("tenant_id", "site_id");

-- CreateIndex
CREATE INDEX "flight_tenant_id_delivery_id_idx" ON "flight"("tenant_id", "delivery_id");

-- CreateIndex
CREATE INDEX "delivery_tenant_id_created_at_id_idx" ON "delivery"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "delivery_tenant_id_offer_id_idx" ON "delivery"("tenant_id", "offer_id");

-- CreateIndex
CREATE INDEX "charge_tenant_id_created_at_id_idx" ON "charge"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "charge_tenant_id_provider_provider_ref_idx" ON "charge"("tenant_id", "provider", "provider_ref");

-- CreateIndex
CREATE UNIQUE INDEX "charge_tenant_id_offer_id_key" ON "charge"("tenant_id", "offer_id");

-- CreateIndex
CREATE UNIQUE INDEX "charge_entry_tenant_id_charge_id_kind_key" ON "charge_entry"("tenant_id", "charge_id", "kind");

-- CreateIndex
CREATE INDEX "payment_webhook_tenant_id_received_at_idx" ON "payment_webhook"("tenant_id", "received_at");

-- CreateIndex
CREATE INDEX "hub_reservation_tenant_id_hub_id_state_idx" ON "hub_reservation"("tenant_id", "hub_id", "state");

-- CreateIndex
CREATE UNIQUE INDEX "hub_reservation_tenant_id_opportunity_id_hub_id_key" ON "hub_reservation"("tenant_id", "opportunity_id", "hub_id");

-- CreateIndex
CREATE INDEX "delivery_watch_lease_until_idx" ON "delivery_watch"("lease_until");

-- CreateIndex
CREATE INDEX "outcome_tenant_id_recorded_at_action_id_kind_idx" ON "outcome"("tenant_id", "recorded_at" DESC, "action_id" DESC, "kind");

-- CreateIndex
CREATE INDEX "strategy_change_tenant_id_created_at_id_idx" ON "strategy_change"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "offer_exclusion_tenant_id_until_idx" ON "offer_exclusion"("tenant_id", "until");

-- CreateIndex
CREATE INDEX "price_experiment_tenant_id_started_at_id_idx" ON "price_experiment"("tenant_id", "started_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "offer_tenant_id_experiment_id_created_at_idx" ON "offer"("tenant_id", "experiment_id", "created_at");

-- AddForeignKey
ALTER TABLE "drone" ADD CONSTRAINT "drone_tenant_id_site_id_fkey" FOREIGN KEY ("tenant_id", "site_id") REFERENCES "launch_site"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flight" ADD CONSTRAINT "flight_tenant_id_delivery_id_fkey" FOREIGN KEY ("tenant_id", "delivery_id") REFERENCES "delivery"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_tenant_id_offer_id_fkey" FOREIGN KEY ("tenant_id", "offer_id") REFERENCES "offer"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "charge" ADD CONSTRAINT "charge_tenant_id_offer_id_fkey" FOREIGN KEY ("tenant_id", "offer_id") REFERENCES "offer"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "charge_entry" ADD CONSTRAINT "charge_entry_tenant_id_charge_id_fkey" FOREIGN KEY ("tenant_id", "charge_id") REFERENCES "charge"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hub_reservation" ADD CONSTRAINT "hub_reservation_tenant_id_hub_id_fkey" FOREIGN KEY ("tenant_id", "hub_id") REFERENCES "hub"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hub_reservation" ADD CONSTRAINT "hub_reservation_tenant_id_opportunity_id_fkey" FOREIGN KEY ("tenant_id", "opportunity_id") REFERENCES "opportunity"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "price_arm" ADD CONSTRAINT "price_arm_tenant_id_experiment_id_fkey" FOREIGN KEY ("tenant_id", "experiment_id") REFERENCES "price_experiment"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- From here on written by hand: what Prisma does not model.

-- Closed vocabularies and ranges.
ALTER TABLE opportunity DROP CONSTRAINT opportunity_status,
  ADD CONSTRAINT opportunity_status CHECK (status IN ('DETECTED', 'OFFERED', 'ACCEPTED', 'DISPATCHED', 'DELIVERED',
    'NOT_FLYABLE', 'EXPIRED', 'DECLINED', 'CANCELLED', 'FAILED'));
ALTER TABLE offer DROP CONSTRAINT offer_status,
  ADD CONSTRAINT offer_status CHECK (status IN ('PENDING', 'OFFERED', 'ACCEPTED', 'PAYMENT_AUTHORIZED', 'DISPATCHED',
    'DELIVERED', 'EXPIRED', 'DECLINED', 'CANCELLED', 'REFUNDED')),
  ADD CONSTRAINT offer_propensity CHECK (propensity IS NULL OR (propensity > 0 AND propensity <= 1));
ALTER TABLE hub ADD CONSTRAINT hub_outcomes CHECK (delivered >= 0 AND failed >= 0);
ALTER TABLE engine_settings
  ADD CONSTRAINT engine_settings_delivery CHECK (dispatch_mode IN ('OFF', 'OBSERVE', 'APPROVE', 'AUTO')
    AND learning_mode IN ('OFF', 'OBSERVE', 'APPROVE', 'AUTO') AND money_at_risk_minor >= 0
    AND simulation_speed BETWEEN 1 AND 3600);
ALTER TABLE decision ADD CONSTRAINT decision_verdict CHECK (verdict IN ('ALLOW', 'HOLD', 'NEEDS_APPROVAL'));
ALTER TABLE effect ADD CONSTRAINT effect_status CHECK (status IN ('PENDING', 'SENDING', 'UNKNOWN', 'SENT', 'FAILED',
  'SKIPPED', 'DEAD'));
ALTER TABLE hub_reservation ADD CONSTRAINT hub_reservation_state
  CHECK (state IN ('HELD', 'CONFIRMED', 'RELEASED', 'EXPIRED'));
ALTER TABLE weather_report ADD CONSTRAINT weather_report_ranges CHECK (severity BETWEEN 0 AND 4 AND wind_kmh >= 0);
ALTER TABLE flight_restriction ADD CONSTRAINT flight_restriction_ranges CHECK (kind IN ('AIRSPACE', 'GEOFENCE')
  AND lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180 AND radius_km > 0);
ALTER TABLE launch_site ADD CONSTRAINT launch_site_position CHECK (lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180);
ALTER TABLE drone ADD CONSTRAINT drone_class CHECK (class IN ('ECONOMY', 'PREMIUM', 'ELITE', 'BVLOS')),
  ADD CONSTRAINT drone_adapter CHECK (adapter IN ('SIMULATOR', 'EXTERNAL')),
  ADD CONSTRAINT drone_state CHECK (state IN ('IDLE', 'ASSIGNED', 'EN_ROUTE', 'DELIVERING', 'RETURNING', 'CHARGING',
    'MAINTENANCE', 'OFFLINE')),
  ADD CONSTRAINT drone_ranges CHECK (soc BETWEEN 0 AND 100 AND reliability BETWEEN 0 AND 1
    AND lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180);
ALTER TABLE flight ADD CONSTRAINT flight_status CHECK (status IN ('ACTIVE', 'RETURNING', 'COMPLETED', 'ABORTED'));
ALTER TABLE delivery ADD CONSTRAINT delivery_status CHECK (status IN ('PENDING', 'ASSIGNED', 'PICKED_UP', 'IN_TRANSIT',
    'DELIVERED', 'FAILED', 'CANCELLED')),
  ADD CONSTRAINT delivery_priority CHECK (priority IN ('STANDARD', 'EXPRESS', 'PREMIUM', 'VIP_RARE'));
ALTER TABLE payment_account ADD CONSTRAINT payment_account_provider CHECK (provider IN ('TEST', 'STRIPE', 'RAZORPAY'));
ALTER TABLE charge ADD CONSTRAINT charge_status CHECK (status IN ('PENDING', 'REQUIRES_ACTION', 'AUTHORIZED', 'CAPTURED',
    'VOIDED', 'REFUNDED', 'FAILED')),
  ADD CONSTRAINT charge_sums CHECK (amount_minor > 0 AND authorized_minor BETWEEN 0 AND amount_minor
    AND captured_minor BETWEEN 0 AND authorized_minor AND refunded_minor BETWEEN 0 AND captured_minor);
ALTER TABLE charge_entry ADD CONSTRAINT charge_entry_kind
  CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND', 'DECLINE') AND amount_minor >= 0);
ALTER TABLE outcome ADD CONSTRAINT outcome_kind CHECK (kind IN ('RESULT', 'FEEDBACK')),
  ADD CONSTRAINT outcome_ranges CHECK (score BETWEEN 0 AND 1 AND (rating IS NULL OR rating BETWEEN 1 AND 5)),
  ADD CONSTRAINT outcome_sentiment CHECK (sentiment IS NULL OR sentiment IN ('POSITIVE', 'NEUTRAL', 'NEGATIVE')),
  ADD CONSTRAINT outcome_status CHECK (status IN ('LEARNED', 'LATE_IGNORED'));
ALTER TABLE pattern_weight ADD CONSTRAINT pattern_weight_range CHECK (weight BETWEEN 0 AND 1 AND n >= 0);
ALTER TABLE strategy_state ADD CONSTRAINT strategy_state_range CHECK (aggressiveness BETWEEN -2 AND 2);
ALTER TABLE strategy_change ADD CONSTRAINT strategy_change_status
  CHECK (status IN ('APPLIED', 'PROPOSED', 'HELD', 'REVERTED', 'REJECTED')),
  ADD CONSTRAINT strategy_change_kind CHECK (kind IN ('AGGRESSIVENESS', 'PRICE', 'PROMOTION', 'EXCLUSION'));
ALTER TABLE price_experiment ADD CONSTRAINT price_experiment_status CHECK (status IN ('RUNNING', 'STOPPED', 'COMPLETED')),
  ADD CONSTRAINT price_experiment_holdout CHECK (holdout BETWEEN 0 AND 0.5);
ALTER TABLE price_arm ADD CONSTRAINT price_arm_ranges CHECK (price_minor > 0 AND weight BETWEEN 0 AND 1),
  ADD CONSTRAINT price_arm_status CHECK (status IN ('ACTIVE', 'PAUSED'));

-- One live offer per opportunity, one live delivery per offer, one running experiment per action, whatever races.
DROP INDEX offer_one_live;
CREATE UNIQUE INDEX offer_one_live ON offer (tenant_id, opportunity_id)
  WHERE status IN ('PENDING', 'OFFERED', 'ACCEPTED', 'PAYMENT_AUTHORIZED', 'DISPATCHED');
CREATE UNIQUE INDEX delivery_one_live ON delivery (tenant_id, offer_id) WHERE status NOT IN ('FAILED', 'CANCELLED');
CREATE UNIQUE INDEX flight_one_per_drone ON flight (tenant_id, drone_id) WHERE status IN ('ACTIVE', 'RETURNING');
CREATE UNIQUE INDEX price_experiment_one_running ON price_experiment (tenant_id, action_type) WHERE status = 'RUNNING';

-- Only the rows that the delivery loop and the phases look for.
CREATE INDEX effect_due ON effect (tenant_id, next_at) WHERE status IN ('PENDING', 'SENDING', 'UNKNOWN');
CREATE INDEX hub_reservation_held ON hub_reservation (tenant_id, expires_at) WHERE state = 'HELD';
CREATE INDEX offer_under_way ON offer (tenant_id, accepted_at) WHERE status IN ('ACCEPTED', 'PAYMENT_AUTHORIZED', 'DISPATCHED');
CREATE INDEX offer_to_learn ON offer (tenant_id, closed_at) WHERE NOT is_learned AND closed_at IS NOT NULL;
CREATE INDEX delivery_live ON delivery (tenant_id, created_at)
  WHERE status IN ('PENDING', 'ASSIGNED', 'PICKED_UP', 'IN_TRANSIT');
CREATE INDEX flight_live ON flight (tenant_id, started_at) WHERE status IN ('ACTIVE', 'RETURNING');
CREATE INDEX outcome_to_learn ON outcome (tenant_id, occurred_at) WHERE learned_at IS NULL AND status = 'LEARNED';

-- Tenants from before have hubs and nothing that flies: they get what a new tenant is seeded with.
ALTER TABLE hub NO FORCE ROW LEVEL SECURITY;
INSERT INTO launch_site (tenant_id, id, hub_id, name, lat, lon, updated_at)
  SELECT tenant_id, id || '_SITE', id, name, lat, lon, updated_at FROM hub
  WHERE id IN ('NODE_EU_001', 'NODE_US_W_001', 'NODE_IN_001');
INSERT INTO drone (tenant_id, id, name, class, adapter, site_id, state, soc, lat, lon, updated_at)
  SELECT s.tenant_id, s.hub_id || '_' || c.name, initcap(c.name) || ' drone of ' || s.id, c.name, 'SIMULATOR', s.id,
    'IDLE', 100, s.lat, s.lon, s.updated_at
  FROM launch_site s, unnest(ARRAY['ECONOMY', 'PREMIUM', 'ELITE', 'BVLOS']) AS c (name);
ALTER TABLE hub FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO revenue_runtime;
REVOKE INSERT, UPDATE, DELETE ON _prisma_migrations FROM revenue_runtime;
REVOKE UPDATE, DELETE ON audit_entry, decision, charge_entry FROM revenue_runtime;

-- Row-level security for the tables of this migration; delivery_watch is a platform table (ids and times only).
DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['decision', 'effect', 'hub_reservation', 'weather_report', 'flight_restriction',
    'launch_site', 'drone', 'flight', 'delivery', 'payment_account', 'charge', 'charge_entry', 'payment_webhook',
    'test_payment', 'outcome', 'pattern_weight', 'strategy_state', 'strategy_change', 'offer_exclusion',
    'price_experiment', 'price_arm', 'arm_assignment']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format($policy$CREATE POLICY tenant_isolation ON %I
      USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
      WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))$policy$, name);
  END LOOP;
END $$;
