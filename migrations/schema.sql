-- What the migrations make of an empty database: written by `npm run schema`, not by hand.

-- Name: hooktide; Type: SCHEMA; Schema: -; Owner: -

CREATE SCHEMA hooktide;

-- Name: like_patterns(jsonb); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.like_patterns(texts jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT array_agg(replace(replace(replace(replace(t, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%'))
  FROM jsonb_array_elements_text(texts) AS t
$$;

-- Name: new_update_id(); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.new_update_id() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    AS $$
  SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
          || '7' || substr(r, 14, 3) || substr(r, 17))::uuid
  FROM replace(gen_random_uuid()::text, '-', '') AS r
$$;

-- Name: passes(text[], text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.passes(patterns text[], value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT patterns IS NULL OR coalesce(value LIKE ANY (patterns), false)
$$;

-- Name: refuse_fan_out(bigint, bigint); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.refuse_fan_out(deliveries bigint, most bigint) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF deliveries > most THEN
    RAISE EXCEPTION 'fan-out of % deliveries is more than %', deliveries, most USING ERRCODE = 'HT001';
  END IF;
  RETURN true;
END $$;

-- Name: webhook; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.webhook (
    id text NOT NULL,
    lane_id bigint NOT NULL,
    type text NOT NULL,
    uri text NOT NULL,
    "user" text,
    "timestamp" bigint NOT NULL,
    registered_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    description text,
    filter jsonb,
    applications text[] GENERATED ALWAYS AS (hooktide.like_patterns((filter -> 'applications'::text))) STORED,
    request_ids text[] GENERATED ALWAYS AS (hooktide.like_patterns((filter -> 'requestIds'::text))) STORED,
    states text[] GENERATED ALWAYS AS (hooktide.like_patterns((filter -> 'states'::text))) STORED,
    headers jsonb,
    format text DEFAULT 'singularity'::text NOT NULL,
    "order" text DEFAULT 'subject'::text NOT NULL,
    retry jsonb,
    connect_timeout_millis integer,
    timeout_millis integer,
    max_concurrent integer,
    paused_at timestamp with time zone,
    CONSTRAINT webhook_format_is_known CHECK ((format = ANY (ARRAY['singularity'::text, 'cloudevents'::text, 'cloudevents-binary'::text, 'form'::text, 'slack'::text]))),
    CONSTRAINT webhook_order_is_known CHECK (("order" = ANY (ARRAY['subject'::text, 'none'::text]))),
    CONSTRAINT webhook_type_is_known CHECK ((type = ANY (ARRAY['REQUEST'::text, 'DEPLOY'::text, 'TASK'::text, 'CRASHLOOP'::text, 'ELEVATED_ACCESS'::text])))
);

-- Name: webhook_matches(hooktide.webhook, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.webhook_matches(webhook hooktide.webhook, update_type text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT webhook.type = update_type $$;

-- Name: webhook_matches(hooktide.webhook, text, text, text, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.webhook_matches(webhook hooktide.webhook, update_type text, application text, request_id text, state text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT webhook.type = update_type
    AND hooktide.passes(webhook.applications, application)
    AND hooktide.passes(webhook.request_ids, request_id)
    AND hooktide.passes(webhook.states, state)
$$;

-- Name: dead_letter; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.dead_letter (
    id bigint NOT NULL,
    lane_id bigint NOT NULL,
    webhook_id text NOT NULL,
    update_id uuid NOT NULL,
    subject text NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    first_tried_at timestamp with time zone,
    tried_at timestamp with time zone,
    outcome jsonb,
    dropped_at timestamp with time zone DEFAULT now() NOT NULL,
    first_lane_id bigint,
    CONSTRAINT dead_letter_reason_is_known CHECK ((reason = ANY (ARRAY['over_cap'::text, 'over_age'::text, 'attempts_exhausted'::text, 'webhook_deleted'::text])))
);

-- Name: delivery; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.delivery (
    lane_id bigint NOT NULL,
    id bigint NOT NULL,
    update_id uuid NOT NULL,
    subject text NOT NULL,
    age_from timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    refusals integer DEFAULT 0 NOT NULL,
    first_tried_at timestamp with time zone,
    tried_at timestamp with time zone,
    outcome jsonb,
    due_at timestamp with time zone,
    is_replay boolean DEFAULT false NOT NULL,
    first_lane_id bigint,
    CONSTRAINT delivery_tried_means_counted CHECK (((attempts = 0) = (tried_at IS NULL)))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='5000', autovacuum_vacuum_insert_scale_factor='0.2', autovacuum_analyze_scale_factor='0.05', autovacuum_vacuum_cost_delay='0');

-- Name: delivery_id_seq; Type: SEQUENCE; Schema: hooktide; Owner: -

ALTER TABLE hooktide.delivery ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hooktide.delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: disabled_action; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.disabled_action (
    type text NOT NULL,
    message text NOT NULL,
    "user" text
);

-- Name: history; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.history (
    update_id uuid NOT NULL,
    lane_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    attempts integer NOT NULL,
    first_tried_at timestamp with time zone NOT NULL,
    delivered_at timestamp with time zone DEFAULT now() NOT NULL,
    status integer NOT NULL,
    duration_millis integer NOT NULL,
    first_lane_id bigint,
    phases integer[],
    answer text
);

-- Name: idempotency_id; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.idempotency_id (
    id text NOT NULL,
    digest bytea NOT NULL,
    accepted_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: lane; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.lane (
    id bigint NOT NULL,
    webhook_id text NOT NULL,
    floor_id bigint DEFAULT 0 NOT NULL,
    leased_by text,
    leased_until timestamp with time zone,
    fence bigint DEFAULT 0 NOT NULL,
    failed_subjects text[] DEFAULT '{}'::text[] NOT NULL,
    failing_since timestamp with time zone,
    probed_at timestamp with time zone,
    resting_until timestamp with time zone,
    last_success_at timestamp with time zone,
    closed_at timestamp with time zone,
    revision bigint DEFAULT 0 NOT NULL,
    CONSTRAINT lane_lease_has_an_owner CHECK (((leased_by IS NULL) = (leased_until IS NULL))),
    CONSTRAINT lane_two_failed_subjects_say_it_all CHECK ((cardinality(failed_subjects) <= 2))
)
WITH (fillfactor='50');

-- Name: lane_id_seq; Type: SEQUENCE; Schema: hooktide; Owner: -

ALTER TABLE hooktide.lane ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hooktide.lane_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: migration; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.migration (
    id integer NOT NULL,
    "timestamp" bigint NOT NULL,
    name character varying NOT NULL
);

-- Name: migration_id_seq; Type: SEQUENCE; Schema: hooktide; Owner: -

CREATE SEQUENCE hooktide.migration_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- Name: migration_id_seq; Type: SEQUENCE OWNED BY; Schema: hooktide; Owner: -

ALTER SEQUENCE hooktide.migration_id_seq OWNED BY hooktide.migration.id;

-- Name: update; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.update (
    id uuid DEFAULT hooktide.new_update_id() NOT NULL,
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
    occurred_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone DEFAULT now() NOT NULL,
    payload text NOT NULL
);

-- Name: migration id; Type: DEFAULT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.migration ALTER COLUMN id SET DEFAULT nextval('hooktide.migration_id_seq'::regclass);

-- Name: migration PK_3043fc6b8af7c99b8b98830094f; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.migration
    ADD CONSTRAINT "PK_3043fc6b8af7c99b8b98830094f" PRIMARY KEY (id);

-- Name: dead_letter dead_letter_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.dead_letter
    ADD CONSTRAINT dead_letter_pk PRIMARY KEY (id);

-- Name: delivery delivery_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.delivery
    ADD CONSTRAINT delivery_pk PRIMARY KEY (lane_id, id);

-- Name: disabled_action disabled_action_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.disabled_action
    ADD CONSTRAINT disabled_action_pk PRIMARY KEY (type);

-- Name: idempotency_id idempotency_id_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.idempotency_id
    ADD CONSTRAINT idempotency_id_pk PRIMARY KEY (id);

-- Name: lane lane_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.lane
    ADD CONSTRAINT lane_pk PRIMARY KEY (id);

-- Name: update update_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.update
    ADD CONSTRAINT update_pk PRIMARY KEY (id);

-- Name: webhook webhook_has_a_lane_of_its_own; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.webhook
    ADD CONSTRAINT webhook_has_a_lane_of_its_own UNIQUE (lane_id);

-- Name: webhook webhook_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.webhook
    ADD CONSTRAINT webhook_pk PRIMARY KEY (id);

-- Name: dead_letter_by_age; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX dead_letter_by_age ON hooktide.dead_letter USING btree (dropped_at);

-- Name: dead_letter_by_update; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX dead_letter_by_update ON hooktide.dead_letter USING btree (update_id);

-- Name: dead_letter_by_webhook; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX dead_letter_by_webhook ON hooktide.dead_letter USING btree (webhook_id, id);

-- Name: delivery_by_update; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX delivery_by_update ON hooktide.delivery USING btree (update_id);

-- Name: delivery_due; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX delivery_due ON hooktide.delivery USING btree (due_at, lane_id) WHERE (due_at IS NOT NULL);

-- Name: delivery_failed; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX delivery_failed ON hooktide.delivery USING btree (lane_id, subject, id) WHERE (attempts > 0);

-- Name: history_by_age; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX history_by_age ON hooktide.history USING brin (delivered_at);

-- Name: history_by_lane; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX history_by_lane ON hooktide.history USING btree (lane_id, delivery_id);

-- Name: history_by_update; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX history_by_update ON hooktide.history USING btree (update_id);

-- Name: idempotency_id_by_age; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX idempotency_id_by_age ON hooktide.idempotency_id USING brin (accepted_at);

-- Name: lane_closed; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX lane_closed ON hooktide.lane USING btree (id) WHERE (closed_at IS NOT NULL);

-- Name: lane_to_probe; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX lane_to_probe ON hooktide.lane USING btree (probed_at NULLS FIRST, id) WHERE ((failing_since IS NOT NULL) OR (resting_until IS NOT NULL));

-- Name: update_by_application; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX update_by_application ON hooktide.update USING btree (application, id) WHERE (application IS NOT NULL);

-- Name: update_by_client_id; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX update_by_client_id ON hooktide.update USING btree (client_id) WHERE (client_id IS NOT NULL);

-- Name: update_by_request; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX update_by_request ON hooktide.update USING btree (request_id, id);

-- Name: update_by_task; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX update_by_task ON hooktide.update USING btree (task_id, id) WHERE (task_id IS NOT NULL);

-- Name: webhook_by_type; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX webhook_by_type ON hooktide.webhook USING btree (type);
