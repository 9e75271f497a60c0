/** What src/updates/fields.ts and src/updates/payload.ts are to REST; test/contract/ingest-rules.spec.ts compares them. */
export const READERS = String.raw`
-- Ends the call. Those that use it return nothing after it: it never comes back.
CREATE FUNCTION hooktide.refuse(field text, fault text, expected text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% %: write %', field, fault, expected
    USING ERRCODE = 'HT002', COLUMN = field, HINT = format('Write %s.', expected);
END $$;

-- The kind of a value, never the value itself: it may be a secret.
CREATE FUNCTION hooktide.kind_of(value json) RETURNS text LANGUAGE sql STABLE AS $$
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

CREATE FUNCTION hooktide.read_object(value json, field text) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF json_typeof(value) = 'object' THEN RETURN value; END IF;
  PERFORM hooktide.refuse(field, hooktide.kind_of(value), 'an object');
END $$;

CREATE FUNCTION hooktide.read_text(value json, field text, max_bytes integer) RETURNS text LANGUAGE plpgsql STABLE AS $$
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

CREATE FUNCTION hooktide.read_id(value json, field text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT hooktide.read_text(value, field, 800)
$$;

CREATE FUNCTION hooktide.read_word(value json, field text, words text[]) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF json_typeof(value) = 'string' AND value #>> '{}' = ANY (words) THEN RETURN value #>> '{}'; END IF;
  PERFORM hooktide.refuse(field, hooktide.kind_of(value), 'one of ' || array_to_string(words, ', '));
END $$;

-- Epoch milliseconds, up to the latest that JavaScript knows. Numbers are rounded to doubles, as there.
CREATE FUNCTION hooktide.read_time(value json, field text) RETURNS float8 LANGUAGE plpgsql STABLE AS $$
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

-- In any case, with - and . for _, and with all white space removed. Of letters beyond ASCII only the long s has a capital
-- among those of the types. (upper() would follow the locale.)
CREATE FUNCTION hooktide.read_type(type text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  known CONSTANT text[] := '{REQUEST,DEPLOY,TASK,CRASHLOOP,ELEVATED_ACCESS}';
  name CONSTANT text := translate(
    regexp_replace(type, '[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]', '', 'g'),
    U&'abcdefghijklmnopqrstuvwxyz\017F-.', 'ABCDEFGHIJKLMNOPQRSTUVWXYZS__');
BEGIN
  IF name = ANY (known) THEN RETURN name; END IF;
  RETURN hooktide.read_word(to_json(type), 'type', known);
END $$;

-- The payload with marks in the place of \u0000 and of each half of a surrogate pair, which text can't hold. They are found
-- between two escapes, in one pass: a regular expression that looks around took minutes. Pairs of backslashes are written
-- in another way first: then each that is left begins an escape.
CREATE FUNCTION hooktide.readable(payload text) RETURNS json LANGUAGE sql STABLE AS $$
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
$$;

CREATE FUNCTION hooktide.read_payload(payload text, max_bytes bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
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

-- Ids, state, subject and time. Members are looked up one by one: #> would also look into those that a later one of the
-- same name replaces.
CREATE FUNCTION hooktide.read_facts(type text, payload json, OUT request_id text, OUT deploy_id text, OUT task_id text,
  OUT user_id text, OUT scope text, OUT state text, OUT subject text, OUT millis float8) LANGUAGE plpgsql STABLE AS $$
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
`;
