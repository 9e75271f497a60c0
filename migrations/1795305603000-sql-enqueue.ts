/** Updates by SQL, which now tell containers' changes too: docs/sql-enqueue.md. */
export const ENQUEUE = String.raw`
-- Stores an update, and what is owed for it, in the caller's transaction. Answers with its id: the given, else a new one.
CREATE OR REPLACE FUNCTION hooktide.enqueue(type text, payload text, id text DEFAULT NULL, application text DEFAULT NULL)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
-- What runs here runs with the owner's rights: none of it may follow the caller's settings.
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
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

REVOKE ALL ON FUNCTION hooktide.container_state, hooktide.follow_tasks, hooktide.container_id, hooktide.group_of,
  hooktide.container_change FROM PUBLIC;
`;
