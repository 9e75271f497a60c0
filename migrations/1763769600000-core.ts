import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Registry, queue, history and dead letters. Locks nothing that exists: it only creates. */
export class Core1763769600000 implements MigrationInterface {
  readonly name = 'Core1763769600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CORE);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const CORE = `
-- Ids of updates: UUIDs of version 7 (RFC 9562 §5.7), so that new rows land at the right edge of every index.
CREATE FUNCTION hooktide.new_update_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
          || '7' || substr(r, 14, 3) || substr(r, 17))::uuid
  FROM replace(gen_random_uuid()::text, '-', '') AS r
$$;

CREATE TABLE hooktide.update (
  id uuid NOT NULL DEFAULT hooktide.new_update_id(),
  type text NOT NULL,
  client_id text,
  application text,
  request_id text NOT NULL,
  deploy_id text,
  task_id text,
  user_id text,
  scope text,
  state text NOT NULL,
  subject text NOT NULL,
  occurred_at timestamptz NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT now(),
  payload text NOT NULL,
  CONSTRAINT update_pk PRIMARY KEY (id)
);
CREATE INDEX update_by_client_id ON hooktide.update (client_id) WHERE client_id IS NOT NULL;

-- Idempotency ids stand apart from updates: they live for another time, and an update's table may be partitioned.
CREATE TABLE hooktide.idempotency_id (
  id text NOT NULL,
  digest bytea NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_id_pk PRIMARY KEY (id)
);
CREATE INDEX idempotency_id_by_age ON hooktide.idempotency_id USING brin (accepted_at);

-- A lane is the ordered stream of deliveries to one target. Its row changes when it is leased, when it starts or
-- stops failing, and when it rests; never when something is enqueued: all ingest would wait in one line.
CREATE TABLE hooktide.lane (
  id bigint GENERATED ALWAYS AS IDENTITY,
  webhook_id text NOT NULL,
  -- no delivery of this lane with an id up to this one waits any more, and none will come
  floor_id bigint NOT NULL DEFAULT 0,
  leased_by text,
  leased_until timestamptz,
  fence bigint NOT NULL DEFAULT 0,
  -- the subjects that failed since the last success: none, one, or two of two or more
  failed_subjects text[] NOT NULL DEFAULT '{}',
  failing_since timestamptz,
  probed_at timestamptz,
  resting_until timestamptz,
  last_success_at timestamptz,
  -- the webhook is gone; what waits becomes dead letters
  closed_at timestamptz,
  CONSTRAINT lane_pk PRIMARY KEY (id),
  CONSTRAINT lane_lease_has_an_owner CHECK ((leased_by IS NULL) = (leased_until IS NULL)),
  CONSTRAINT lane_two_failed_subjects_say_it_all CHECK (cardinality(failed_subjects) <= 2)
) WITH (fillfactor = 50);
-- Failing and resting lanes in the order in which they are probed: a claim takes the first few, however many there are.
CREATE INDEX lane_to_probe ON hooktide.lane (probed_at NULLS FIRST, id)
  WHERE failing_since IS NOT NULL OR resting_until IS NOT NULL;
CREATE INDEX lane_closed ON hooktide.lane (id) WHERE closed_at IS NOT NULL;

CREATE TABLE hooktide.webhook (
  id text NOT NULL,
  lane_id bigint NOT NULL,
  type text NOT NULL,
  uri text NOT NULL,
  "user" text,
  "timestamp" bigint NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT now(),
  -- the receiver answered 410 Gone: what comes goes on queueing, nothing is sent
  disabled_at timestamptz,
  CONSTRAINT webhook_pk PRIMARY KEY (id),
  CONSTRAINT webhook_has_a_lane_of_its_own UNIQUE (lane_id),
  CONSTRAINT webhook_type_is_known CHECK (type IN ('REQUEST', 'DEPLOY', 'TASK', 'CRASHLOOP', 'ELEVATED_ACCESS'))
);
CREATE INDEX webhook_by_type ON hooktide.webhook (type);

-- Who receives an update: the one place that decides it.
CREATE FUNCTION hooktide.webhook_matches(webhook hooktide.webhook, update_type text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT webhook.type = update_type $$;

-- Ends an enqueue that owes too much, with an error of its own class.
CREATE FUNCTION hooktide.refuse_fan_out(deliveries bigint, most bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF deliveries > most THEN
    RAISE EXCEPTION 'fan-out of % deliveries is more than %', deliveries, most USING ERRCODE = 'HT001';
  END IF;
  RETURN true;
END $$;

-- No foreign keys: one from delivery to lane would make an open ingest block every claim of the lane.
CREATE TABLE hooktide.delivery (
  lane_id bigint NOT NULL,
  -- One counter for all lanes, without a cache: ids follow the order in which transactions asked for them.
  id bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME hooktide.delivery_id_seq CACHE 1),
  update_id uuid NOT NULL,
  subject text NOT NULL,
  -- from when its age counts: the update's own time, or that of acceptance where its own lies in the future
  age_from timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  -- how often the receiver refused this very update while nothing else failed
  refusals integer NOT NULL DEFAULT 0,
  first_tried_at timestamptz,
  tried_at timestamptz,
  outcome jsonb,
  CONSTRAINT delivery_pk PRIMARY KEY (lane_id, id),
  CONSTRAINT delivery_tried_means_counted CHECK ((attempts = 0) = (tried_at IS NULL))
) WITH (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX delivery_by_update ON hooktide.delivery (update_id);
-- Holds failed deliveries only: a delivery that succeeds at once never enters it.
CREATE INDEX delivery_failed ON hooktide.delivery (lane_id, subject, id) WHERE attempts > 0;

-- One row for what was delivered.
CREATE TABLE hooktide.history (
  update_id uuid NOT NULL,
  lane_id bigint NOT NULL,
  delivery_id bigint NOT NULL,
  attempts integer NOT NULL,
  first_tried_at timestamptz NOT NULL,
  delivered_at timestamptz NOT NULL DEFAULT now(),
  status integer NOT NULL,
  duration_millis integer NOT NULL
);
CREATE INDEX history_by_update ON hooktide.history (update_id);
CREATE INDEX history_by_age ON hooktide.history USING brin (delivered_at);

CREATE TABLE hooktide.dead_letter (
  id bigint NOT NULL,
  lane_id bigint NOT NULL,
  webhook_id text NOT NULL,
  update_id uuid NOT NULL,
  subject text NOT NULL,
  reason text NOT NULL,
  attempts integer NOT NULL,
  first_tried_at timestamptz,
  tried_at timestamptz,
  outcome jsonb,
  dropped_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT dead_letter_pk PRIMARY KEY (id),
  CONSTRAINT dead_letter_reason_is_known CHECK (reason IN ('over_cap', 'over_age', 'webhook_deleted'))
);
CREATE INDEX dead_letter_by_webhook ON hooktide.dead_letter (webhook_id, id);
CREATE INDEX dead_letter_by_update ON hooktide.dead_letter (update_id);
CREATE INDEX dead_letter_by_age ON hooktide.dead_letter (dropped_at);

-- Singularity's "disasters": actions of the API that an operator has switched off.
CREATE TABLE hooktide.disabled_action (
  type text NOT NULL,
  message text NOT NULL,
  "user" text,
  CONSTRAINT disabled_action_pk PRIMARY KEY (type)
);
`;
