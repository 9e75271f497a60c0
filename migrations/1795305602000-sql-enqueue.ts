import type { MigrationInterface, QueryRunner } from 'typeorm';
import { READERS } from './1795305602000-sql-readers.js';

/** Updates by SQL, inside the application's own transaction: docs/sql-enqueue.md. Only creates; nothing waits for it. */
export class SqlEnqueue1795305602000 implements MigrationInterface {
  readonly name = 'SqlEnqueue1795305602000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LIMITS + READERS + ENQUEUE + GRANTS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const LIMITS = `
-- What the config says, for hooktide.enqueue: each process writes it down when it starts (src/queue/sql/limits.ts).
-- Until then the defaults of config/default.yaml.
CREATE TABLE hooktide.ingest_limits (
  is_only boolean NOT NULL DEFAULT true,
  max_payload_bytes bigint NOT NULL DEFAULT 1048576,
  max_fan_out bigint NOT NULL DEFAULT 1000000,
  max_waiting_deliveries bigint NOT NULL DEFAULT 10000000,
  idempotency_hours bigint NOT NULL DEFAULT 168,
  wake_on_enqueue boolean NOT NULL DEFAULT true,
  -- of whose webhooks updates are delivered to: clients' or the config's, or both
  origins text[] NOT NULL DEFAULT '{client}',
  CONSTRAINT ingest_limits_pk PRIMARY KEY (is_only),
  CONSTRAINT ingest_limits_are_one_row CHECK (is_only)
);
INSERT INTO hooktide.ingest_limits DEFAULT VALUES;
`;

const ENQUEUE = String.raw`
-- Stores an update, and what is owed for it, in the caller's transaction. Answers with its id: the given, else a new one.
CREATE FUNCTION hooktide.enqueue(type text, payload text, id text DEFAULT NULL, application text DEFAULT NULL)
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
  facts record;
  digest_of_this bytea;
  waiting real;
  lanes bigint[];
BEGIN
  SELECT * INTO STRICT limits FROM hooktide.ingest_limits;
  facts := hooktide.read_facts(kind, hooktide.read_payload(body, limits.max_payload_bytes));
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

  -- Comes before the first delivery id: the transaction has its number by then, which src/queue/horizon.ts relies on.
  INSERT INTO hooktide.update (id, type, client_id, application, request_id, deploy_id, task_id, user_id, scope, state,
                               subject, occurred_at, payload)
  VALUES (new_id, kind, enqueue.id, enqueue.application, facts.request_id, facts.deploy_id, facts.task_id, facts.user_id,
          facts.scope, facts.state, facts.subject, to_timestamp(facts.millis / 1000), body);

  SELECT array_agg(w.lane_id ORDER BY w.lane_id) INTO lanes FROM hooktide.webhook AS w
  WHERE hooktide.webhook_matches(w, kind, enqueue.application, facts.request_id, facts.state)
    AND w.origin = ANY (limits.origins);
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
`;

const GRANTS = `
REVOKE ALL ON FUNCTION hooktide.refuse, hooktide.kind_of, hooktide.read_object, hooktide.read_text, hooktide.read_id,
  hooktide.read_word, hooktide.read_time, hooktide.read_type, hooktide.readable, hooktide.read_payload,
  hooktide.read_facts, hooktide.enqueue FROM PUBLIC;
`;
