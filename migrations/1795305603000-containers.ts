/** The states of containers, as Sail's webhooks tell them (contract of Sail Above, §2 and §3). */
export const CONTAINERS = String.raw`
-- The state of a container whose task is in this one: src/updates/container.ts has the same.
CREATE FUNCTION hooktide.container_state(task_state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN task_state IN ('TASK_LAUNCHED', 'TASK_STAGING') THEN 'CREATED'
    WHEN task_state IN ('TASK_CLEANING', 'TASK_KILLING') THEN 'STOPPING'
    WHEN task_state IN ('TASK_FINISHED', 'TASK_KILLED') THEN 'STOPPED'
    WHEN task_state IN ('TASK_FAILED', 'TASK_ERROR', 'TASK_LOST', 'TASK_LOST_WHILE_DOWN', 'TASK_DROPPED', 'TASK_GONE',
                        'TASK_GONE_BY_OPERATOR') THEN 'CRASHED'
    ELSE regexp_replace(task_state, '^TASK_', '')
  END
$$;

-- What is known of tasks while somebody wants to be told of containers.
CREATE TABLE hooktide.task_state (
  task_id text NOT NULL,
  state text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT task_state_pk PRIMARY KEY (task_id)
);
CREATE INDEX task_state_by_age ON hooktide.task_state USING brin (changed_at);

-- A container is started anew with each of its tasks.
CREATE TABLE hooktide.container (
  id text NOT NULL,
  starts integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT container_pk PRIMARY KEY (id)
);
CREATE INDEX container_by_age ON hooktide.container USING brin (started_at);

-- Notes the states of tasks, and answers with those updates that change one: what src/updates/container.ts calls a
-- ContainerChange. Rows are locked in sorted order, tasks before containers, so that two transactions never wait
-- for each other in a ring; what is read under the lock is the latest. Nothing is noted while no webhook asks for it. To be
-- called before the updates are stored: of a task that isn't known, the last of its updates tells where it stands; so it
-- does of one that went on unnoted, while there was no such webhook.
CREATE FUNCTION hooktide.follow_tasks(
  positions bigint[], task_ids text[], task_states text[], container_ids text[], applications text[]
) RETURNS TABLE ("position" bigint, change jsonb) LANGUAGE plpgsql AS $$
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

-- containerIdOf in src/updates/container.ts. Numbers are rounded to doubles, as there.
CREATE FUNCTION hooktide.container_id(task_id text, started_at json) RETURNS text LANGUAGE plpgsql STABLE AS $$
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

-- groupOf in src/updates/payload.ts: what can't be stored is no group. The marks are those of hooktide.readable.
CREATE FUNCTION hooktide.group_of(payload json) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN json_typeof(g.value) = 'string' AND length(g.value #>> '{}') BETWEEN 1 AND 255
                AND strpos(g.value #>> '{}', U&'\FDD0\FDD1') = 0 AND strpos(g.value #>> '{}', U&'\FDD2\FDD3') = 0
         THEN g.value #>> '{}' END
  FROM (SELECT payload -> 'task' -> 'taskRequest' -> 'request' -> 'group' AS value) AS g
$$;

-- The same for one update, of which nothing more is refused.
CREATE FUNCTION hooktide.container_change(
  payload json, application text, request_id text, task_id text, task_state text
) RETURNS jsonb LANGUAGE sql AS $$
  SELECT f.change
  FROM hooktide.follow_tasks(
    '{1}', ARRAY[task_id], ARRAY[task_state],
    ARRAY[hooktide.container_id(task_id, payload -> 'taskUpdate' -> 'taskId' -> 'startedAt')],
    ARRAY[coalesce(application, hooktide.group_of(payload), request_id)]) AS f
$$;

-- Who receives an update: the one place that decides it. Sail's format tells changes of containers and nothing else; its
-- application is the update's own, else the request's group, else the request.
CREATE FUNCTION hooktide.webhook_matches(
  webhook hooktide.webhook, update_type text, application text, request_id text, state text, container jsonb
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT webhook.type = update_type
    AND hooktide.passes(webhook.applications,
          CASE WHEN webhook.format = 'sail' THEN container ->> 'application' ELSE application END)
    AND hooktide.passes(webhook.request_ids, request_id)
    AND hooktide.passes(webhook.states, state)
    AND (webhook.format <> 'sail' OR container IS NOT NULL)
$$;

-- By which the build before goes: it can't tell what changes a container.
CREATE OR REPLACE FUNCTION hooktide.webhook_matches(
  webhook hooktide.webhook, update_type text, application text, request_id text, state text
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT hooktide.webhook_matches(webhook, update_type, application, request_id, state, NULL)
$$;
`;
