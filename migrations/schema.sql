-- What the migrations make of an empty database: written by `npm run schema`, not by hand.

-- Name: hooktide; Type: SCHEMA; Schema: -; Owner: -

CREATE SCHEMA hooktide;

-- Name: container_change(json, text, text, text, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.container_change(payload json, application text, request_id text, task_id text, task_state text) RETURNS jsonb
    LANGUAGE sql
    AS $$
  SELECT f.change
  FROM hooktide.follow_tasks(
    '{1}', ARRAY[task_id], ARRAY[task_state],
    ARRAY[hooktide.container_id(task_id, payload -> 'taskUpdate' -> 'taskId' -> 'startedAt')],
    ARRAY[coalesce(application, hooktide.group_of(payload), request_id)]) AS f
$$;

-- Name: container_id(text, json); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.container_id(task_id text, started_at json) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
  millis float8;
BEGIN
  IF json_typeof(started_at) = 'number' THEN
    millis := started_at #>> '{}';
    IF millis = trunc(millis) AND abs(millis) <= 9007199254740991 THEN
      RETURN replace(task_id, '-' || millis::bigint || '-', '-');
    END IF;
  END IF;
  RETURN task_id;
EXCEPTION WHEN numeric_value_out_of_range THEN
  RETURN task_id;
END $$;

-- Name: container_state(text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.container_state(task_state text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT CASE
    WHEN task_state IN ('TASK_LAUNCHED', 'TASK_STAGING') THEN 'CREATED'
    WHEN task_state IN ('TASK_CLEANING', 'TASK_KILLING') THEN 'STOPPING'
    WHEN task_state IN ('TASK_FINISHED', 'TASK_KILLED') THEN 'STOPPED'
    WHEN task_state IN ('TASK_FAILED', 'TASK_ERROR', 'TASK_LOST', 'TASK_LOST_WHILE_DOWN', 'TASK_DROPPED', 'TASK_GONE',
                        'TASK_GONE_BY_OPERATOR') THEN 'CRASHED'
    ELSE regexp_replace(task_state, '^TASK_', '')
  END
$$;

-- Name: enqueue(text, text, text, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.enqueue(type text, payload text, id text DEFAULT NULL::text, application text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    AS $$
#variable_conflict use_column
DECLARE
  kind CONSTANT text := hooktide.read_type(enqueue.type);
  -- JSON's blanks (RFC 8259 §2)
  body CONSTANT text := btrim(enqueue.payload, E' \n\r\t');
  new_id CONSTANT uuid := hooktide.new_update_id();
  limits hooktide.ingest_limits;
  parsed json;
  facts record;
  container jsonb;
  digest_of_this bytea;
  waiting real;
  lanes bigint[];
BEGIN
  SELECT * INTO STRICT limits FROM hooktide.ingest_limits;
  parsed := hooktide.read_payload(body, limits.max_payload_bytes);
  facts := hooktide.read_facts(kind, parsed);
  IF enqueue.id IS NOT NULL THEN PERFORM hooktide.read_text(to_json(enqueue.id), 'id', 255); END IF;
  IF enqueue.application IS NOT NULL THEN
    PERFORM hooktide.read_text(to_json(enqueue.application), 'application', 255);
  END IF;

  -- An estimate, as of the last vacuum: a count would cost more than the rest.
  SELECT reltuples INTO waiting FROM pg_class WHERE oid = 'hooktide.delivery'::regclass;
  IF waiting >= limits.max_waiting_deliveries THEN
    RAISE EXCEPTION 'about % deliveries wait already; maxWaitingDeliveries is %', waiting, limits.max_waiting_deliveries
      USING ERRCODE = 'HT005', HINT = 'Send the same again later.';
  END IF;

  IF enqueue.id IS NOT NULL THEN
    -- digestOf in src/queue/sql/enqueue.ts: the same update counts once, whichever way it comes.
    digest_of_this := sha256(convert_to(
      format('["%s",%s]', kind, coalesce(to_json(enqueue.application)::text, 'null')) || body, 'UTF8'));
    INSERT INTO hooktide.idempotency_id AS taken (id, digest) VALUES (enqueue.id, digest_of_this)
    ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, accepted_at = now()
      WHERE taken.accepted_at < now() - make_interval(secs => limits.idempotency_hours * 3600);
    IF NOT FOUND THEN
      IF digest_of_this <> (SELECT known.digest FROM hooktide.idempotency_id AS known WHERE known.id = enqueue.id) THEN
        RAISE EXCEPTION 'id % was used for another update', to_json(enqueue.id)
          USING ERRCODE = 'HT004', COLUMN = 'id', HINT = 'Send the same update again, or choose a new id.';
      END IF;
      RETURN enqueue.id;
    END IF;
  END IF;

  IF kind = 'TASK' THEN
    container := hooktide.container_change(parsed, enqueue.application, facts.request_id, facts.task_id, facts.state);
  END IF;

  -- Comes before the first delivery id: the transaction has its number by then, which src/queue/horizon.ts relies on.
  INSERT INTO hooktide.update (id, type, client_id, application, request_id, deploy_id, task_id, user_id, scope, state,
                               subject, occurred_at, payload, container)
  VALUES (new_id, kind, enqueue.id, enqueue.application, facts.request_id, facts.deploy_id, facts.task_id, facts.user_id,
          facts.scope, facts.state, facts.subject, to_timestamp(facts.millis / 1000), body, container);

  SELECT array_agg(w.lane_id ORDER BY w.lane_id) INTO lanes FROM hooktide.webhook AS w
  WHERE hooktide.webhook_matches(w, kind, enqueue.application, facts.request_id, facts.state, container)
    -- A process of the build before, started last, writes what it knows: that build has no hooks of Sail.
    AND (w.origin = ANY (limits.origins) OR w.origin = 'sail' AND 'client' = ANY (limits.origins));
  IF cardinality(lanes) > limits.max_fan_out THEN
    RAISE EXCEPTION 'this update would owe % deliveries; maxFanOut is %', cardinality(lanes), limits.max_fan_out
      USING ERRCODE = 'HT001', HINT = 'Give webhooks filters, or raise maxFanOut.';
  END IF;
  INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
  SELECT lane, new_id, facts.subject, least(to_timestamp(facts.millis / 1000), now())
  FROM unnest(lanes) WITH ORDINALITY AS l(lane, position) ORDER BY position;

  -- At commit. As many lanes as fit one notification (src/queue/wake.ts); the others wait for the poll.
  IF limits.wake_on_enqueue AND lanes IS NOT NULL THEN
    PERFORM pg_notify('hooktide', json_build_object('from', 'sql', 'event', 'nudge', 'lanes', lanes[:375])::text);
  END IF;
  RETURN coalesce(enqueue.id, new_id::text);
END $$;

-- Name: follow_tasks(bigint[], text[], text[], text[], text[]); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.follow_tasks(positions bigint[], task_ids text[], task_states text[], container_ids text[], applications text[]) RETURNS TABLE("position" bigint, change jsonb)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
BEGIN
  IF NOT EXISTS (SELECT FROM hooktide.webhook WHERE format = 'sail') THEN RETURN; END IF;

  -- Rows that stay as they are get locked, too.
  INSERT INTO hooktide.task_state AS t (task_id, state, changed_at)
  SELECT g.id, coalesce(hooktide.container_state(u.state), 'CREATED'), coalesce(u.accepted_at, '-infinity')
  FROM (SELECT DISTINCT unnest(follow_tasks.task_ids) AS id) AS g
  LEFT JOIN LATERAL (
    SELECT u.state, u.accepted_at FROM hooktide.update AS u WHERE u.task_id = g.id ORDER BY u.task_id DESC, u.id DESC LIMIT 1
  ) AS u ON true
  ORDER BY g.id
  ON CONFLICT (task_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at
    WHERE t.changed_at < excluded.changed_at;

  -- A container that is first heard of when it is up has been started once.
  INSERT INTO hooktide.container (id, starts)
  SELECT g.container_id, max(CASE WHEN t.state = 'CREATED' THEN 0 ELSE 1 END)
  FROM unnest(follow_tasks.task_ids, follow_tasks.container_ids) AS g(task_id, container_id)
  JOIN hooktide.task_state AS t USING (task_id)
  GROUP BY g.container_id ORDER BY g.container_id
  ON CONFLICT (id) DO NOTHING;
  PERFORM FROM hooktide.container AS c WHERE c.id = ANY (follow_tasks.container_ids) ORDER BY c.id FOR UPDATE;

  RETURN QUERY
  WITH given AS (
    SELECT g.position, g.task_id, g.container_id, g.application, hooktide.container_state(g.task_state) AS state
    FROM unnest(follow_tasks.positions, follow_tasks.task_ids, follow_tasks.task_states, follow_tasks.container_ids,
                follow_tasks.applications) AS g(position, task_id, task_state, container_id, application)
  ), chained AS (
    SELECT g.*, coalesce(lag(g.state) OVER (PARTITION BY g.task_id ORDER BY g.position), t.state) AS prev_state
    FROM given AS g JOIN hooktide.task_state AS t USING (task_id)
  ), counted AS (
    SELECT c.*, b.starts + (count(*) FILTER (
      WHERE c.state IN ('STARTING', 'RUNNING') AND c.prev_state IN ('CREATED', 'STOPPED', 'CRASHED')
    ) OVER (PARTITION BY c.container_id ORDER BY c.position))::integer AS starts
    FROM chained AS c JOIN hooktide.container AS b ON b.id = c.container_id
  ), noted AS (
    UPDATE hooktide.task_state AS t SET state = l.state, changed_at = greatest(t.changed_at, now())
    FROM (SELECT DISTINCT ON (c.task_id) c.task_id, c.state FROM counted AS c ORDER BY c.task_id, c.position DESC) AS l
    WHERE t.task_id = l.task_id
  ), started AS (
    UPDATE hooktide.container AS b SET starts = l.starts, started_at = now()
    FROM (SELECT c.container_id, max(c.starts) AS starts FROM counted AS c GROUP BY c.container_id) AS l
    WHERE b.id = l.container_id AND b.starts <> l.starts
  )
  SELECT c.position, jsonb_build_object(
    'application', c.application, 'state', c.state, 'prevState', c.prev_state, 'starts', c.starts)
  FROM counted AS c WHERE c.state <> c.prev_state;
END $$;

-- Name: group_of(json); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.group_of(payload json) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  SELECT CASE WHEN json_typeof(g.value) = 'string' AND length(g.value #>> '{}') BETWEEN 1 AND 255
                AND strpos(g.value #>> '{}', U&'\FDD0\FDD1') = 0 AND strpos(g.value #>> '{}', U&'\FDD2\FDD3') = 0
         THEN g.value #>> '{}' END
  FROM (SELECT payload -> 'task' -> 'taskRequest' -> 'request' -> 'group' AS value) AS g
$$;

-- Name: kind_of(json); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.kind_of(value json) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  SELECT 'is ' || CASE json_typeof(value)
    WHEN 'null' THEN 'null'
    WHEN 'array' THEN 'an array'
    WHEN 'object' THEN 'an object'
    WHEN 'number' THEN 'a number'
    WHEN 'boolean' THEN 'a boolean'
    WHEN 'string' THEN CASE value #>> '{}' WHEN '' THEN 'an empty text' ELSE 'a text' END
    ELSE 'missing'
  END
$$;

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
  SELECT (lpad(to_hex(micros / 1000), 12, '0') || '7' || lpad(to_hex((micros % 1000) * 4096 / 1000), 3, '0')
          || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid
  FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros) AS now
$$;

-- Name: passes(text[], text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.passes(patterns text[], value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT patterns IS NULL OR coalesce(value LIKE ANY (patterns), false)
$$;

-- Name: read_facts(text, json); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.read_facts(type text, payload json, OUT request_id text, OUT deploy_id text, OUT task_id text, OUT user_id text, OUT scope text, OUT state text, OUT subject text, OUT millis double precision) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
  part json;
  ids json;
BEGIN
  CASE type
  WHEN 'REQUEST' THEN
    part := hooktide.read_object(payload -> 'request', 'payload.request');
    request_id := hooktide.read_id(part -> 'id', 'payload.request.id');
    state := hooktide.read_word(payload -> 'eventType', 'payload.eventType', '{CREATED,UPDATED,DELETING,DELETED,PAUSED,
      UNPAUSED,ENTERED_COOLDOWN,EXITED_COOLDOWN,FINISHED,DEPLOYED_TO_UNPAUSE,BOUNCED,SCALED,SCALE_REVERTED}');
    subject := request_id;
    millis := hooktide.read_time(payload -> 'createdAt', 'payload.createdAt');
  WHEN 'DEPLOY' THEN
    part := hooktide.read_object(payload -> 'deployMarker', 'payload.deployMarker');
    request_id := hooktide.read_id(part -> 'requestId', 'payload.deployMarker.requestId');
    deploy_id := hooktide.read_id(part -> 'deployId', 'payload.deployMarker.deployId');
    state := hooktide.read_word(payload -> 'eventType', 'payload.eventType', '{STARTING,FINISHED}');
    subject := request_id || '/' || deploy_id;
    millis := hooktide.read_time(part -> 'timestamp', 'payload.deployMarker.timestamp');
  WHEN 'TASK' THEN
    part := hooktide.read_object(payload -> 'taskUpdate', 'payload.taskUpdate');
    ids := hooktide.read_object(part -> 'taskId', 'payload.taskUpdate.taskId');
    task_id := hooktide.read_id(ids -> 'id', 'payload.taskUpdate.taskId.id');
    request_id := hooktide.read_id(ids -> 'requestId', 'payload.taskUpdate.taskId.requestId');
    deploy_id := hooktide.read_id(ids -> 'deployId', 'payload.taskUpdate.taskId.deployId');
    state := hooktide.read_word(part -> 'taskState', 'payload.taskUpdate.taskState', '{TASK_LAUNCHED,TASK_STAGING,
      TASK_STARTING,TASK_RUNNING,TASK_CLEANING,TASK_KILLING,TASK_FINISHED,TASK_FAILED,TASK_KILLED,TASK_LOST,
      TASK_LOST_WHILE_DOWN,TASK_ERROR,TASK_DROPPED,TASK_GONE,TASK_UNREACHABLE,TASK_GONE_BY_OPERATOR,TASK_UNKNOWN}');
    subject := task_id;
    millis := hooktide.read_time(part -> 'timestamp', 'payload.taskUpdate.timestamp');
  WHEN 'CRASHLOOP' THEN
    request_id := hooktide.read_id(payload -> 'requestId', 'payload.requestId');
    deploy_id := hooktide.read_id(payload -> 'deployId', 'payload.deployId');
    PERFORM hooktide.read_word(payload -> 'type', 'payload.type', '{FAST_FAILURE_LOOP,SINGLE_INSTANCE_FAILURE_LOOP,
      MULTI_INSTANCE_FAILURE,UNEXPECTED_EXITS,OOM,SLOW_FAILURES,STARTUP_FAILURE_LOOP}');
    subject := request_id || '/' || deploy_id;
    state := 'STARTED';
    millis := hooktide.read_time(payload -> 'start', 'payload.start');
    IF json_typeof(payload -> 'end') <> 'null' THEN
      state := 'RESOLVED';
      millis := hooktide.read_time(payload -> 'end', 'payload.end');
    END IF;
  WHEN 'ELEVATED_ACCESS' THEN
    request_id := hooktide.read_id(payload -> 'requestId', 'payload.requestId');
    scope := hooktide.read_word(payload -> 'scope', 'payload.scope', '{READ,WRITE,ADMIN}');
    user_id := hooktide.read_id(payload -> 'user', 'payload.user');
    state := scope;
    subject := request_id;
    millis := hooktide.read_time(payload -> 'createdAt', 'payload.createdAt');
  END CASE;
END $$;

-- Name: read_id(json, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.read_id(value json, field text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  SELECT hooktide.read_text(value, field, 800)
$$;

-- Name: read_object(json, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.read_object(value json, field text) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
  IF json_typeof(value) = 'object' THEN RETURN value; END IF;
  PERFORM hooktide.refuse(field, hooktide.kind_of(value), 'an object');
END $$;

-- Name: read_payload(text, bigint); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.read_payload(payload text, max_bytes bigint) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
  result json;
BEGIN
  BEGIN
    result := payload::json;
  EXCEPTION
    WHEN invalid_text_representation THEN PERFORM hooktide.refuse('payload', 'is no JSON', 'an object');
    WHEN statement_too_complex THEN PERFORM hooktide.refuse('payload', 'is nested too deep for Postgres', 'fewer levels');
  END;
  PERFORM hooktide.read_object(result, 'payload');
  IF octet_length(payload) > max_bytes THEN
    RAISE EXCEPTION 'payload is % bytes long: send at most %', octet_length(payload), max_bytes
      USING ERRCODE = 'HT003', COLUMN = 'payload', HINT = format('Send at most %s bytes.', max_bytes);
  END IF;
  BEGIN
    -- json takes all that JSON allows, but finds nothing in a payload that holds what text can't, be it elsewhere
    PERFORM result -> '';
    RETURN result;
  EXCEPTION WHEN untranslatable_character OR invalid_text_representation THEN
    RETURN hooktide.readable(payload);
  END;
END $$;

-- Name: read_text(json, text, integer); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.read_text(value json, field text, max_bytes integer) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
  result text;
BEGIN
  IF json_typeof(value) IS DISTINCT FROM 'string' THEN
    PERFORM hooktide.refuse(field, hooktide.kind_of(value), 'a text');
  END IF;
  result := value #>> '{}';
  IF result = '' THEN PERFORM hooktide.refuse(field, 'is an empty text', 'at least one character'); END IF;
  -- the marks of hooktide.readable
  IF strpos(result, U&'\FDD0\FDD1') > 0 THEN
    PERFORM hooktide.refuse(field, 'holds a NUL character', 'it without');
  END IF;
  IF strpos(result, U&'\FDD2\FDD3') > 0 THEN
    PERFORM hooktide.refuse(field, 'holds half a surrogate pair', 'whole Unicode characters');
  END IF;
  IF octet_length(result) > max_bytes THEN
    PERFORM hooktide.refuse(field, format('is a text of %s bytes', octet_length(result)), format('at most %s', max_bytes));
  END IF;
  RETURN result;
END $$;

-- Name: read_time(json, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.read_time(value json, field text) RETURNS double precision
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
  millis float8;
BEGIN
  IF json_typeof(value) = 'number' THEN
    BEGIN
      millis := value #>> '{}';
      IF millis = trunc(millis) AND millis BETWEEN 0 AND 8.64e15 THEN RETURN millis; END IF;
    EXCEPTION WHEN numeric_value_out_of_range THEN NULL;
    END;
  END IF;
  PERFORM hooktide.refuse(field, hooktide.kind_of(value),
    'a time in epoch milliseconds, a whole number from 0 to 8640000000000000');
END $$;

-- Name: read_type(text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.read_type(type text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
  known CONSTANT text[] := '{REQUEST,DEPLOY,TASK,CRASHLOOP,ELEVATED_ACCESS}';
  name CONSTANT text := translate(
    regexp_replace(type, '[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]', '', 'g'),
    U&'abcdefghijklmnopqrstuvwxyz\017F-.', 'ABCDEFGHIJKLMNOPQRSTUVWXYZS__');
BEGIN
  IF name = ANY (known) THEN RETURN name; END IF;
  IF name = 'WEBHOOK_HEALTH' THEN
    PERFORM hooktide.refuse('type', 'is WEBHOOK_HEALTH, of which only Hooktide tells', 'one of ' || array_to_string(known, ', '));
  END IF;
  RETURN hooktide.read_word(to_json(type), 'type', known);
END $$;

-- Name: read_word(json, text, text[]); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.read_word(value json, field text, words text[]) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
  IF json_typeof(value) = 'string' AND value #>> '{}' = ANY (words) THEN RETURN value #>> '{}'; END IF;
  PERFORM hooktide.refuse(field, hooktide.kind_of(value), 'one of ' || array_to_string(words, ', '));
END $$;

-- Name: readable(text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.readable(payload text) RETURNS json
    LANGUAGE sql STABLE
    AS $_$
  SELECT string_agg(CASE
      WHEN n = 1 THEN part
      WHEN part LIKE '0000%' THEN U&'\FDD0\FDD1' || substr(part, 5)
      WHEN part ~* '^d[89ab]' AND (part ~* '^d[89ab]..$' AND after ~* '^d[c-f]') IS NOT TRUE
        OR part ~* '^d[c-f]' AND (before ~* '^d[89ab]..$') IS NOT TRUE THEN U&'\FDD2\FDD3' || substr(part, 5)
      ELSE '\u' || part
    END, '' ORDER BY n)::json
  FROM (
    SELECT n, part, lag(part) OVER (ORDER BY n) AS before, lead(part) OVER (ORDER BY n) AS after
    FROM string_to_table(replace(payload, '\\', '\u005c'), '\u') WITH ORDINALITY AS p(part, n)
  ) AS parts
$_$;

-- Name: refuse(text, text, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.refuse(field text, fault text, expected text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION '% %: write %', field, fault, expected
    USING ERRCODE = 'HT002', COLUMN = field, HINT = format('Write %s.', expected);
END $$;

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
    origin text DEFAULT 'client'::text NOT NULL,
    sealed text,
    only_to text[],
    disabled_reason text,
    CONSTRAINT webhook_disabled_reason_is_known CHECK ((disabled_reason = ANY (ARRAY['gone'::text, 'failing'::text]))),
    CONSTRAINT webhook_format_is_known CHECK ((format = ANY (ARRAY['singularity'::text, 'cloudevents'::text, 'cloudevents-binary'::text, 'form'::text, 'slack'::text, 'sail'::text]))),
    CONSTRAINT webhook_order_is_known CHECK (("order" = ANY (ARRAY['subject'::text, 'none'::text]))),
    CONSTRAINT webhook_origin_is_known CHECK ((origin = ANY (ARRAY['client'::text, 'config'::text, 'sail'::text, 'message'::text]))),
    CONSTRAINT webhook_type_is_known CHECK ((type = ANY (ARRAY['REQUEST'::text, 'DEPLOY'::text, 'TASK'::text, 'CRASHLOOP'::text, 'ELEVATED_ACCESS'::text, 'WEBHOOK_HEALTH'::text, 'MESSAGE'::text])))
);

-- Name: webhook_matches(hooktide.webhook, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.webhook_matches(webhook hooktide.webhook, update_type text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT webhook.type = update_type $$;

-- Name: webhook_matches(hooktide.webhook, text, text, text, text); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.webhook_matches(webhook hooktide.webhook, update_type text, application text, request_id text, state text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT hooktide.webhook_matches(webhook, update_type, application, request_id, state, NULL)
$$;

-- Name: webhook_matches(hooktide.webhook, text, text, text, text, jsonb); Type: FUNCTION; Schema: hooktide; Owner: -

CREATE FUNCTION hooktide.webhook_matches(webhook hooktide.webhook, update_type text, application text, request_id text, state text, container jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT webhook.type = update_type
    AND hooktide.passes(webhook.applications,
          CASE WHEN webhook.format = 'sail' THEN container ->> 'application' ELSE application END)
    AND hooktide.passes(webhook.request_ids, request_id)
    AND hooktide.passes(webhook.states, state)
    AND (webhook.format <> 'sail' OR container IS NOT NULL)
$$;

-- Name: audit; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor text NOT NULL,
    actor_kind text NOT NULL,
    address text,
    action text NOT NULL,
    target text,
    details jsonb DEFAULT '{}'::jsonb NOT NULL
);

-- Name: audit_id_seq; Type: SEQUENCE; Schema: hooktide; Owner: -

ALTER TABLE hooktide.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hooktide.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: container; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.container (
    id text NOT NULL,
    starts integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL
);

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
    CONSTRAINT dead_letter_reason_is_known CHECK ((reason = ANY (ARRAY['over_cap'::text, 'over_age'::text, 'attempts_exhausted'::text, 'too_large'::text, 'webhook_deleted'::text])))
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

-- Name: ingest_limits; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.ingest_limits (
    is_only boolean DEFAULT true NOT NULL,
    max_payload_bytes bigint DEFAULT 1048576 NOT NULL,
    max_fan_out bigint DEFAULT 1000000 NOT NULL,
    max_waiting_deliveries bigint DEFAULT 10000000 NOT NULL,
    idempotency_hours bigint DEFAULT 168 NOT NULL,
    wake_on_enqueue boolean DEFAULT true NOT NULL,
    origins text[] DEFAULT '{client,sail}'::text[] NOT NULL,
    CONSTRAINT ingest_limits_are_one_row CHECK (is_only)
);

-- Name: job; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.job (
    id bigint NOT NULL,
    kind text NOT NULL,
    what text NOT NULL,
    filter jsonb NOT NULL,
    wanted jsonb NOT NULL,
    rate_per_second integer,
    state text DEFAULT 'running'::text NOT NULL,
    total bigint,
    is_total_exact boolean DEFAULT true NOT NULL,
    done bigint DEFAULT 0 NOT NULL,
    skipped bigint DEFAULT 0 NOT NULL,
    last_id bigint NOT NULL,
    reached jsonb,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    waits_for text,
    failures integer DEFAULT 0 NOT NULL,
    error text,
    worked_by text,
    worked_at timestamp with time zone,
    started_at timestamp with time zone,
    running_since timestamp with time zone,
    done_before bigint DEFAULT 0 NOT NULL,
    untold bigint DEFAULT 0 NOT NULL,
    told_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text NOT NULL,
    created_by_kind text NOT NULL,
    created_from text,
    finished_at timestamp with time zone,
    CONSTRAINT job_does_what_it_can CHECK ((((((kind = 'replay'::text) AND (what = 'dead_letters'::text)) OR ((kind = 'replay'::text) AND (what = 'deliveries'::text))) OR ((kind = 'discard'::text) AND (what = 'dead_letters'::text))) OR ((kind = 'erase'::text) AND (what = 'request'::text)))),
    CONSTRAINT job_over_has_an_end CHECK (((finished_at IS NULL) = (state = ANY (ARRAY['running'::text, 'paused'::text])))),
    CONSTRAINT job_rate_is_positive CHECK ((rate_per_second > 0)),
    CONSTRAINT job_state_is_known CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'done'::text, 'canceled'::text, 'failed'::text])))
);

-- Name: job_id_seq; Type: SEQUENCE; Schema: hooktide; Owner: -

ALTER TABLE hooktide.job ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hooktide.job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
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
    drain_to_id bigint,
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

-- Name: own_key; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.own_key (
    is_only boolean DEFAULT true NOT NULL,
    key text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT own_key_is_one CHECK (is_only)
);

-- Name: process; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.process (
    id text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    roles text[] NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    delivered bigint DEFAULT 0 NOT NULL,
    failed bigint DEFAULT 0 NOT NULL,
    in_flight integer DEFAULT 0 NOT NULL,
    seals boolean DEFAULT false NOT NULL
);

-- Name: retention; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.retention (
    what text NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    next_block bigint DEFAULT 0 NOT NULL
);

-- Name: task_state; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.task_state (
    task_id text NOT NULL,
    state text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);

-- Name: token; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.token (
    id bigint NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL,
    scopes text[] NOT NULL,
    application text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    CONSTRAINT token_hash_is_a_sha256 CHECK ((octet_length(hash) = 32)),
    CONSTRAINT token_name_is_there CHECK ((name <> ''::text)),
    CONSTRAINT token_of_an_application_is_no_admin CHECK (((application IS NULL) OR (NOT (scopes @> ARRAY['admin'::text])))),
    CONSTRAINT token_scopes_are_known CHECK (((scopes <@ ARRAY['read'::text, 'ingest'::text, 'webhooks'::text, 'admin'::text]) AND (cardinality(scopes) > 0)))
);

-- Name: token_id_seq; Type: SEQUENCE; Schema: hooktide; Owner: -

ALTER TABLE hooktide.token ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hooktide.token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

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
    payload text NOT NULL,
    direct jsonb,
    container jsonb,
    trace_parent text,
    trace_state text,
    CONSTRAINT update_trace_parent_is_short CHECK ((length(trace_parent) <= 55)),
    CONSTRAINT update_trace_state_has_a_parent CHECK (((trace_state IS NULL) OR (trace_parent IS NOT NULL))),
    CONSTRAINT update_trace_state_is_short CHECK ((length(trace_state) <= 512))
);

-- Name: webhook_health; Type: TABLE; Schema: hooktide; Owner: -

CREATE TABLE hooktide.webhook_health (
    lane_id bigint NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    failing_since timestamp with time zone,
    told text[] NOT NULL,
    told_at timestamp with time zone DEFAULT now() NOT NULL,
    well_since timestamp with time zone
);

-- Name: migration id; Type: DEFAULT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.migration ALTER COLUMN id SET DEFAULT nextval('hooktide.migration_id_seq'::regclass);

-- Name: migration PK_3043fc6b8af7c99b8b98830094f; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.migration
    ADD CONSTRAINT "PK_3043fc6b8af7c99b8b98830094f" PRIMARY KEY (id);

-- Name: audit audit_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.audit
    ADD CONSTRAINT audit_pk PRIMARY KEY (id);

-- Name: container container_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.container
    ADD CONSTRAINT container_pk PRIMARY KEY (id);

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

-- Name: ingest_limits ingest_limits_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.ingest_limits
    ADD CONSTRAINT ingest_limits_pk PRIMARY KEY (is_only);

-- Name: job job_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.job
    ADD CONSTRAINT job_pk PRIMARY KEY (id);

-- Name: lane lane_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.lane
    ADD CONSTRAINT lane_pk PRIMARY KEY (id);

-- Name: own_key own_key_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.own_key
    ADD CONSTRAINT own_key_pk PRIMARY KEY (is_only);

-- Name: process process_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.process
    ADD CONSTRAINT process_pk PRIMARY KEY (id);

-- Name: retention retention_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.retention
    ADD CONSTRAINT retention_pk PRIMARY KEY (what);

-- Name: task_state task_state_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.task_state
    ADD CONSTRAINT task_state_pk PRIMARY KEY (task_id);

-- Name: token token_hash_is_its_own; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.token
    ADD CONSTRAINT token_hash_is_its_own UNIQUE (hash);

-- Name: token token_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.token
    ADD CONSTRAINT token_pk PRIMARY KEY (id);

-- Name: update update_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.update
    ADD CONSTRAINT update_pk PRIMARY KEY (id);

-- Name: webhook webhook_has_a_lane_of_its_own; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.webhook
    ADD CONSTRAINT webhook_has_a_lane_of_its_own UNIQUE (lane_id);

-- Name: webhook_health webhook_health_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.webhook_health
    ADD CONSTRAINT webhook_health_pk PRIMARY KEY (lane_id);

-- Name: webhook webhook_pk; Type: CONSTRAINT; Schema: hooktide; Owner: -

ALTER TABLE ONLY hooktide.webhook
    ADD CONSTRAINT webhook_pk PRIMARY KEY (id);

-- Name: audit_at; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX audit_at ON hooktide.audit USING btree (at);

-- Name: audit_target; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX audit_target ON hooktide.audit USING btree (target, id);

-- Name: container_by_age; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX container_by_age ON hooktide.container USING brin (started_at);

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

-- Name: job_next; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX job_next ON hooktide.job USING btree (next_at) WHERE (state = 'running'::text);

-- Name: lane_closed; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX lane_closed ON hooktide.lane USING btree (id) WHERE (closed_at IS NOT NULL);

-- Name: lane_to_probe; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX lane_to_probe ON hooktide.lane USING btree (probed_at NULLS FIRST, id) WHERE ((failing_since IS NOT NULL) OR (resting_until IS NOT NULL));

-- Name: task_state_by_age; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX task_state_by_age ON hooktide.task_state USING brin (changed_at);

-- Name: token_name; Type: INDEX; Schema: hooktide; Owner: -

CREATE UNIQUE INDEX token_name ON hooktide.token USING btree (name) WHERE (revoked_at IS NULL);

-- Name: update_by_application; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX update_by_application ON hooktide.update USING btree (application, id) WHERE (application IS NOT NULL);

-- Name: update_by_client_id; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX update_by_client_id ON hooktide.update USING btree (client_id) WHERE (client_id IS NOT NULL);

-- Name: update_by_request; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX update_by_request ON hooktide.update USING btree (request_id, id);

-- Name: update_by_task; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX update_by_task ON hooktide.update USING btree (task_id, id) WHERE (task_id IS NOT NULL);

-- Name: update_message; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX update_message ON hooktide.update USING btree (id) WHERE (type = 'MESSAGE'::text);

-- Name: webhook_by_type; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX webhook_by_type ON hooktide.webhook USING btree (type);

-- Name: webhook_sail; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX webhook_sail ON hooktide.webhook USING btree (id) WHERE (format = 'sail'::text);

-- Name: webhook_stopped; Type: INDEX; Schema: hooktide; Owner: -

CREATE INDEX webhook_stopped ON hooktide.webhook USING btree (lane_id) WHERE ((disabled_at IS NOT NULL) OR (paused_at IS NOT NULL));
