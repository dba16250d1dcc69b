-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "customer" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "email" TEXT,
    "name" TEXT,
    "country" CHAR(2),
    "signed_up_at" TIMESTAMPTZ(3) NOT NULL,
    "churned_at" TIMESTAMPTZ(3),
    "imported_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "customer_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "orders" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "customer_id" UUID,
    "status" TEXT NOT NULL,
    "channel" TEXT,
    "currency" CHAR(3) NOT NULL,
    "total_minor" BIGINT NOT NULL,
    "item_count" INTEGER NOT NULL,
    "items" JSON NOT NULL,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,
    "paid_at" TIMESTAMPTZ(3),
    "cart_id" UUID,
    "pickup_country" CHAR(2),
    "pickup_lat" DOUBLE PRECISION,
    "pickup_lon" DOUBLE PRECISION,
    "delivery_country" CHAR(2),
    "delivery_lat" DOUBLE PRECISION,
    "delivery_lon" DOUBLE PRECISION,
    "weight_grams" INTEGER,
    "is_hazardous" BOOLEAN NOT NULL DEFAULT false,
    "imported_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "cart" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "customer_id" UUID,
    "email" TEXT,
    "status" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "value_minor" BIGINT NOT NULL,
    "items" JSONB NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "last_activity_at" TIMESTAMPTZ(3) NOT NULL,
    "imported_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "cart_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "payment" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "order_id" UUID,
    "customer_id" UUID,
    "status" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "refunded_minor" BIGINT NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL,
    "method" TEXT,
    "decline_code" TEXT,
    "attempted_at" TIMESTAMPTZ(3) NOT NULL,
    "captured_at" TIMESTAMPTZ(3),
    "refunded_at" TIMESTAMPTZ(3),
    "imported_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payment_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "error_event" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "service" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "imported_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "error_event_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "import_state" (
    "tenant_id" UUID NOT NULL,
    "last_customer_at" TIMESTAMPTZ(3),
    "last_order_at" TIMESTAMPTZ(3),
    "last_cart_at" TIMESTAMPTZ(3),
    "last_payment_at" TIMESTAMPTZ(3),
    "last_error_at" TIMESTAMPTZ(3),
    "customers_gained" INTEGER NOT NULL DEFAULT 0,
    "customers_churned" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "import_state_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "import_run" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "format" TEXT NOT NULL,
    "file_name" TEXT NOT NULL,
    "file_hash" TEXT NOT NULL,
    "options" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    "counters" JSONB NOT NULL,
    "error" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "import_run_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "tenant" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "reporting_currency" CHAR(3) NOT NULL DEFAULT 'USD',
    "plan_tier" TEXT NOT NULL DEFAULT 'STARTER',
    "engine_status" TEXT NOT NULL DEFAULT 'RUNNING',
    "cycle_interval_sec" INTEGER NOT NULL DEFAULT 3600,
    "cycle_minute" INTEGER NOT NULL,
    "is_demo" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "key_directory" (
    "prefix" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,

    CONSTRAINT "key_directory_pkey" PRIMARY KEY ("prefix")
);

-- CreateTable
CREATE TABLE "api_key" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "last4" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "idempotency_record" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "response" JSONB,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_record_pkey" PRIMARY KEY ("tenant_id","key")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "request_id" TEXT NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "rarity_corpus" (
    "tenant_id" UUID NOT NULL,
    "window_from" DATE,
    "seen_to" TIMESTAMPTZ(3),
    "orders" INTEGER NOT NULL DEFAULT 0,
    "values" JSONB NOT NULL,
    "raw_scores" JSONB NOT NULL,
    "calibration" JSONB,
    "settled_orders" INTEGER NOT NULL DEFAULT 0,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rarity_corpus_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "rarity_day" (
    "tenant_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "orders" INTEGER NOT NULL DEFAULT 0,
    "corpus_orders" INTEGER NOT NULL,
    "items" JSONB NOT NULL,
    "values" JSONB NOT NULL,
    "raw_scores" JSONB NOT NULL,

    CONSTRAINT "rarity_day_pkey" PRIMARY KEY ("tenant_id","day")
);

-- CreateTable
CREATE TABLE "rarity_item" (
    "tenant_id" UUID NOT NULL,
    "item_key" TEXT NOT NULL,
    "orders" INTEGER NOT NULL,

    CONSTRAINT "rarity_item_pkey" PRIMARY KEY ("tenant_id","item_key")
);

-- CreateTable
CREATE TABLE "rarity_set" (
    "tenant_id" UUID NOT NULL,
    "set_hash" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rarity_set_pkey" PRIMARY KEY ("tenant_id","set_hash")
);

-- CreateTable
CREATE TABLE "rarity_order" (
    "tenant_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "day" DATE NOT NULL,

    CONSTRAINT "rarity_order_pkey" PRIMARY KEY ("tenant_id","order_id")
);

-- CreateTable
CREATE TABLE "rarity_pending" (
    "tenant_id" UUID NOT NULL,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,
    "order_id" UUID NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "rarity_pending_pkey" PRIMARY KEY ("tenant_id","placed_at","order_id")
);

-- CreateTable
CREATE TABLE "opportunity" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "order_id" UUID NOT NULL,
    "order_version" BIGINT NOT NULL,
    "customer_id" UUID,
    "status" TEXT NOT NULL,
    "tier" TEXT NOT NULL,
    "is_elite" BOOLEAN NOT NULL,
    "is_cross_border" BOOLEAN NOT NULL,
    "destination_region" TEXT,
    "score" DOUBLE PRECISION NOT NULL,
    "raw_score" DOUBLE PRECISION NOT NULL,
    "percentile" DOUBLE PRECISION,
    "components" JSONB NOT NULL,
    "reasons" JSONB NOT NULL,
    "scorer_version" TEXT NOT NULL,
    "calibration" TEXT,
    "corpus_orders" INTEGER NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "value_minor" BIGINT NOT NULL,
    "item_names" TEXT[],
    "weight_grams" INTEGER NOT NULL,
    "pickup_country" CHAR(2) NOT NULL,
    "pickup_lat" DOUBLE PRECISION NOT NULL,
    "pickup_lon" DOUBLE PRECISION NOT NULL,
    "delivery_country" CHAR(2) NOT NULL,
    "delivery_lat" DOUBLE PRECISION NOT NULL,
    "delivery_lon" DOUBLE PRECISION NOT NULL,
    "order_placed_at" TIMESTAMPTZ(3) NOT NULL,
    "detected_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "opportunity_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "offer" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "opportunity_id" TEXT NOT NULL,
    "customer_id" UUID,
    "action_type" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "bundle_name" TEXT NOT NULL,
    "bundle_items" TEXT[],
    "currency" CHAR(3) NOT NULL,
    "bundle_price_minor" BIGINT NOT NULL,
    "expected_revenue_minor" BIGINT NOT NULL,
    "accept_probability" DOUBLE PRECISION NOT NULL,
    "delivery_cost_minor" BIGINT NOT NULL,
    "rarity_threshold" DOUBLE PRECISION NOT NULL,
    "route_path" TEXT[],
    "route_success" DOUBLE PRECISION NOT NULL,
    "route_eta_min" INTEGER NOT NULL,
    "is_auto_executable" BOOLEAN NOT NULL,
    "reasons" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "offered_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "closed_reason" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "offer_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "hub" (
    "tenant_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "countries" TEXT[],
    "lat" DOUBLE PRECISION NOT NULL,
    "lon" DOUBLE PRECISION NOT NULL,
    "coverage_km" DOUBLE PRECISION NOT NULL,
    "capacity" INTEGER NOT NULL,
    "reserved" INTEGER NOT NULL DEFAULT 0,
    "success_pct" DOUBLE PRECISION NOT NULL,
    "avg_delivery_min" INTEGER NOT NULL,
    "connected" TEXT[],
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "hub_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "engine_settings" (
    "tenant_id" UUID NOT NULL,
    "opportunity_threshold" DOUBLE PRECISION NOT NULL DEFAULT 85,
    "rarity_threshold" DOUBLE PRECISION NOT NULL DEFAULT 95,
    "upsell_mode" TEXT NOT NULL DEFAULT 'AUTO',
    "bundle_price_minor" BIGINT NOT NULL DEFAULT 500000,
    "bundle_currency" CHAR(3) NOT NULL DEFAULT 'INR',
    "offer_ttl_hours" INTEGER NOT NULL DEFAULT 24,
    "offers_per_day" INTEGER NOT NULL DEFAULT 50,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "engine_settings_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "engine_counters" (
    "tenant_id" UUID NOT NULL,
    "cycles" BIGINT NOT NULL DEFAULT 0,
    "failed_phases" BIGINT NOT NULL DEFAULT 0,
    "opportunities" BIGINT NOT NULL DEFAULT 0,
    "elite" BIGINT NOT NULL DEFAULT 0,
    "cross_border" BIGINT NOT NULL DEFAULT 0,
    "offers" BIGINT NOT NULL DEFAULT 0,
    "issues_opened" BIGINT NOT NULL DEFAULT 0,
    "last_cycle_at" TIMESTAMPTZ(3),

    CONSTRAINT "engine_counters_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "cycle" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "trigger" TEXT NOT NULL,
    "is_dry_run" BOOLEAN NOT NULL DEFAULT false,
    "status" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "owner" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "report" JSONB,

    CONSTRAINT "cycle_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "cycle_phase" (
    "tenant_id" UUID NOT NULL,
    "cycle_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "statements" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "result" JSONB,
    "error" TEXT,

    CONSTRAINT "cycle_phase_pkey" PRIMARY KEY ("tenant_id","cycle_id","name")
);

-- CreateTable
CREATE TABLE "event_counter" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT 0,
    "pruned_to" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "event_counter_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "engine_event" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,

    CONSTRAINT "engine_event_pkey" PRIMARY KEY ("tenant_id","seq")
);

-- CreateTable
CREATE TABLE "schedule_run" (
    "job" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "scheduled_for" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "owner" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "schedule_run_pkey" PRIMARY KEY ("job","tenant_id","scheduled_for")
);

-- CreateTable
CREATE TABLE "cycle_claim" (
    "tenant_id" UUID NOT NULL,
    "cycle_id" UUID NOT NULL,
    "owner" TEXT NOT NULL,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "cycle_claim_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "kpi_hour" (
    "tenant_id" UUID NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "revenue_minor" BIGINT NOT NULL DEFAULT 0,
    "refunds_minor" BIGINT NOT NULL DEFAULT 0,
    "captures" INTEGER NOT NULL DEFAULT 0,
    "first_attempts" INTEGER NOT NULL DEFAULT 0,
    "first_successes" INTEGER NOT NULL DEFAULT 0,
    "checkouts" INTEGER NOT NULL DEFAULT 0,
    "orders_paid" INTEGER NOT NULL DEFAULT 0,
    "open_checkouts" INTEGER NOT NULL DEFAULT 0,
    "customers_gained" INTEGER NOT NULL DEFAULT 0,
    "customers_churned" INTEGER NOT NULL DEFAULT 0,
    "errors" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "kpi_hour_pkey" PRIMARY KEY ("tenant_id","hour","currency")
);

-- CreateTable
CREATE TABLE "kpi_snapshot" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "cycle_id" UUID,
    "window_from" TIMESTAMPTZ(3) NOT NULL,
    "window_to" TIMESTAMPTZ(3) NOT NULL,
    "revenue" JSONB NOT NULL,
    "refunds" JSONB NOT NULL,
    "reporting_currency" CHAR(3) NOT NULL,
    "revenue_minor" BIGINT NOT NULL,
    "previous_revenue_minor" BIGINT NOT NULL,
    "revenue_baseline" TEXT NOT NULL,
    "baseline_minor" BIGINT,
    "baseline_payments" INTEGER NOT NULL,
    "revenue_growth_pct" DECIMAL(20,4),
    "active_orders" INTEGER NOT NULL,
    "abandoned_orders" INTEGER NOT NULL,
    "checkouts" INTEGER NOT NULL,
    "orders_paid" INTEGER NOT NULL,
    "conversion_rate_pct" DECIMAL(20,4),
    "customers_at_start" INTEGER NOT NULL,
    "customers_churned" INTEGER NOT NULL,
    "churn_rate_pct" DECIMAL(20,4),
    "first_attempts" INTEGER NOT NULL,
    "first_successes" INTEGER NOT NULL,
    "payment_success_rate_pct" DECIMAL(20,4),
    "error_count" INTEGER NOT NULL,
    "avg_order_value_minor" BIGINT,
    "sources" JSONB NOT NULL,

    CONSTRAINT "kpi_snapshot_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "issue" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "dimension" TEXT NOT NULL DEFAULT '',
    "fingerprint" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "confidence" TEXT NOT NULL,
    "is_flapping" BOOLEAN NOT NULL DEFAULT false,
    "occurrences" INTEGER NOT NULL DEFAULT 1,
    "clean_cycles" INTEGER NOT NULL DEFAULT 0,
    "value" DECIMAL(20,4) NOT NULL,
    "peak_value" DECIMAL(20,4) NOT NULL,
    "threshold" DECIMAL(20,4) NOT NULL,
    "message" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "evaluated_at" TIMESTAMPTZ(3) NOT NULL,
    "acknowledged_at" TIMESTAMPTZ(3),
    "acknowledged_by" TEXT,
    "resolved_at" TIMESTAMPTZ(3),
    "resolved_by" TEXT,
    "note" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "issue_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "issue_rule" (
    "tenant_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "threshold" DECIMAL(20,4),
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "baseline" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "issue_rule_pkey" PRIMARY KEY ("tenant_id","type")
);

-- CreateIndex
CREATE INDEX "customer_tenant_id_signed_up_at_id_idx" ON "customer"("tenant_id", "signed_up_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "orders_tenant_id_placed_at_id_idx" ON "orders"("tenant_id", "placed_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "orders_tenant_id_customer_id_idx" ON "orders"("tenant_id", "customer_id");

-- CreateIndex
CREATE INDEX "cart_tenant_id_last_activity_at_id_idx" ON "cart"("tenant_id", "last_activity_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "payment_tenant_id_attempted_at_id_idx" ON "payment"("tenant_id", "attempted_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "error_event_tenant_id_occurred_at_idx" ON "error_event"("tenant_id", "occurred_at" DESC);

-- CreateIndex
CREATE INDEX "import_run_tenant_id_started_at_id_idx" ON "import_run"("tenant_id", "started_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "import_run_tenant_id_file_hash_key" ON "import_run"("tenant_id", "file_hash");

-- CreateIndex
CREATE UNIQUE INDEX "tenant_slug_key" ON "tenant"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_tenant_id_prefix_key" ON "api_key"("tenant_id", "prefix");

-- CreateIndex
CREATE INDEX "idempotency_record_tenant_id_expires_at_idx" ON "idempotency_record"("tenant_id", "expires_at");

-- CreateIndex
CREATE INDEX "audit_entry_tenant_id_at_id_idx" ON "audit_entry"("tenant_id", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "rarity_set_tenant_id_last_seen_at_idx" ON "rarity_set"("tenant_id", "last_seen_at");

-- CreateIndex
CREATE INDEX "rarity_order_tenant_id_day_idx" ON "rarity_order"("tenant_id", "day");

-- CreateIndex
CREATE INDEX "opportunity_tenant_id_detected_at_id_idx" ON "opportunity"("tenant_id", "detected_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "opportunity_tenant_id_score_id_idx" ON "opportunity"("tenant_id", "score" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "opportunity_tenant_id_order_id_idx" ON "opportunity"("tenant_id", "order_id");

-- CreateIndex
CREATE INDEX "offer_tenant_id_created_at_id_idx" ON "offer"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "offer_tenant_id_opportunity_id_idx" ON "offer"("tenant_id", "opportunity_id");

-- CreateIndex
CREATE INDEX "offer_tenant_id_customer_id_created_at_idx" ON "offer"("tenant_id", "customer_id", "created_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "hub_tenant_id_region_key" ON "hub"("tenant_id", "region");

-- CreateIndex
CREATE INDEX "cycle_tenant_id_started_at_id_idx" ON "cycle"("tenant_id", "started_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "engine_event_tenant_id_at_idx" ON "engine_event"("tenant_id", "at");

-- CreateIndex
CREATE INDEX "schedule_run_tenant_id_job_scheduled_for_idx" ON "schedule_run"("tenant_id", "job", "scheduled_for" DESC);

-- CreateIndex
CREATE INDEX "schedule_run_scheduled_for_idx" ON "schedule_run"("scheduled_for");

-- CreateIndex
CREATE INDEX "cycle_claim_lease_until_idx" ON "cycle_claim"("lease_until");

-- CreateIndex
CREATE UNIQUE INDEX "kpi_snapshot_tenant_id_at_key" ON "kpi_snapshot"("tenant_id", "at");

-- CreateIndex
CREATE INDEX "issue_tenant_id_last_seen_at_id_idx" ON "issue"("tenant_id", "last_seen_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "issue_tenant_id_fingerprint_resolved_at_idx" ON "issue"("tenant_id", "fingerprint", "resolved_at" DESC);

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_tenant_id_customer_id_fkey" FOREIGN KEY ("tenant_id", "customer_id") REFERENCES "customer"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "cart" ADD CONSTRAINT "cart_tenant_id_customer_id_fkey" FOREIGN KEY ("tenant_id", "customer_id") REFERENCES "customer"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "opportunity" ADD CONSTRAINT "opportunity_tenant_id_order_id_fkey" FOREIGN KEY ("tenant_id", "order_id") REFERENCES "orders"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "offer" ADD CONSTRAINT "offer_tenant_id_opportunity_id_fkey" FOREIGN KEY ("tenant_id", "opportunity_id") REFERENCES "opportunity"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cycle_phase" ADD CONSTRAINT "cycle_phase_tenant_id_cycle_id_fkey" FOREIGN KEY ("tenant_id", "cycle_id") REFERENCES "cycle"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- From here on written by hand: what Prisma does not model.

-- Closed vocabularies and ranges. A state added later is a one-line migration.
ALTER TABLE tenant ADD CONSTRAINT tenant_engine_status CHECK (engine_status IN ('RUNNING', 'STOPPED')),
  ADD CONSTRAINT tenant_cycle CHECK (cycle_interval_sec >= 60 AND cycle_minute BETWEEN 0 AND 59);
ALTER TABLE orders ADD CONSTRAINT orders_status CHECK (status IN ('OPEN', 'PAID', 'FULFILLED', 'CANCELLED', 'REFUNDED', 'ADJUSTMENT')),
  ADD CONSTRAINT orders_weight CHECK (weight_grams IS NULL OR weight_grams > 0),
  ADD CONSTRAINT orders_coordinates CHECK (
    (pickup_lat IS NULL OR (pickup_lat BETWEEN -90 AND 90 AND pickup_lon BETWEEN -180 AND 180))
    AND (delivery_lat IS NULL OR (delivery_lat BETWEEN -90 AND 90 AND delivery_lon BETWEEN -180 AND 180)));
ALTER TABLE cart ADD CONSTRAINT cart_status CHECK (status IN ('OPEN', 'ORDERED', 'CLOSED'));
ALTER TABLE payment ADD CONSTRAINT payment_status CHECK (status IN ('PENDING', 'AUTHORIZED', 'CAPTURED', 'FAILED', 'VOIDED', 'REFUNDED')),
  ADD CONSTRAINT payment_amounts CHECK (amount_minor >= 0 AND refunded_minor BETWEEN 0 AND amount_minor AND attempt >= 1);
ALTER TABLE error_event ADD CONSTRAINT error_event_count CHECK (count >= 1);
ALTER TABLE import_run ADD CONSTRAINT import_run_status CHECK (status IN ('RUNNING', 'COMPLETED', 'FAILED'));
ALTER TABLE issue ADD CONSTRAINT issue_status CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')),
  ADD CONSTRAINT issue_severity CHECK (severity IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
  ADD CONSTRAINT issue_confidence CHECK (confidence IN ('HIGH', 'LOW'));
ALTER TABLE opportunity ADD CONSTRAINT opportunity_status CHECK (status IN ('DETECTED', 'OFFERED', 'EXPIRED', 'CANCELLED')),
  ADD CONSTRAINT opportunity_score CHECK (score BETWEEN 0 AND 100 AND raw_score BETWEEN 0 AND 100);
ALTER TABLE offer ADD CONSTRAINT offer_status CHECK (status IN ('PENDING', 'OFFERED', 'EXPIRED', 'CANCELLED')),
  ADD CONSTRAINT offer_price CHECK (bundle_price_minor > 0);
ALTER TABLE hub ADD CONSTRAINT hub_reserved CHECK (capacity >= 0 AND reserved BETWEEN 0 AND capacity),
  ADD CONSTRAINT hub_position CHECK (lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180),
  ADD CONSTRAINT hub_success CHECK (success_pct > 0 AND success_pct <= 100);
ALTER TABLE engine_settings ADD CONSTRAINT engine_settings_modes CHECK (upsell_mode IN ('OFF', 'OBSERVE', 'APPROVE', 'AUTO')),
  ADD CONSTRAINT engine_settings_thresholds CHECK (opportunity_threshold BETWEEN 0 AND 100 AND rarity_threshold BETWEEN 90 AND 99.5);
ALTER TABLE cycle ADD CONSTRAINT cycle_status CHECK (status IN ('RUNNING', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED', 'CANCELLED'));
ALTER TABLE cycle_phase ADD CONSTRAINT cycle_phase_status CHECK (status IN ('RUNNING', 'COMPLETED', 'FAILED', 'SKIPPED'));
ALTER TABLE schedule_run ADD CONSTRAINT schedule_run_status CHECK (status IN ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'SKIPPED_OVERLAP'));

-- At most one open issue per fingerprint and one live offer per opportunity, whatever races.
CREATE UNIQUE INDEX issue_one_open ON issue (tenant_id, fingerprint) WHERE status <> 'RESOLVED';
CREATE UNIQUE INDEX offer_one_live ON offer (tenant_id, opportunity_id) WHERE status IN ('PENDING', 'OFFERED');

-- Only the rows a phase looks for.
CREATE INDEX offer_live_expiry ON offer (tenant_id, expires_at) WHERE status IN ('PENDING', 'OFFERED');
CREATE INDEX opportunity_to_offer ON opportunity (tenant_id, detected_at) WHERE status = 'DETECTED' AND is_elite;
CREATE INDEX orders_paid ON orders (tenant_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX orders_open ON orders (tenant_id, placed_at) WHERE status = 'OPEN' AND cart_id IS NULL;
CREATE INDEX customer_churned ON customer (tenant_id, churned_at) WHERE churned_at IS NOT NULL;
CREATE INDEX cart_started ON cart (tenant_id, started_at);
CREATE INDEX cart_open ON cart (tenant_id, last_activity_at) WHERE status = 'OPEN';
CREATE INDEX payment_captured ON payment (tenant_id, captured_at) WHERE captured_at IS NOT NULL;
CREATE INDEX payment_refunded ON payment (tenant_id, refunded_at) WHERE refunded_at IS NOT NULL;

-- Order lines compress to a third; lz4 does it ten times faster than the default, where the server has it.
DO $$ BEGIN
  ALTER TABLE orders ALTER COLUMN items SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

-- The runtime works as a role that owns nothing and cannot bypass row-level security (spec i.2).
DO $$ BEGIN
  CREATE ROLE revenue_runtime NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT revenue_runtime TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO revenue_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO revenue_runtime;
REVOKE INSERT, UPDATE, DELETE ON _prisma_migrations FROM revenue_runtime;
REVOKE UPDATE, DELETE ON audit_entry FROM revenue_runtime;

-- Every table with a tenant_id is bound to the tenant of the session; unset means no row at all. The four platform
-- tables hold ids, slugs and times only: they answer "whose key is this" and "who is due" before a tenant is known.
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT c.table_name FROM information_schema.columns c
    WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id'
      AND c.table_name NOT IN ('tenant', 'key_directory', 'schedule_run', 'cycle_claim')
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format($policy$CREATE POLICY tenant_isolation ON %I
      USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
      WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))$policy$, name);
  END LOOP;
END $$;
