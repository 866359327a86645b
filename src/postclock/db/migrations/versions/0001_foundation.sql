-- The first tables: people, accounts, posts, deliveries and what is told about them.
-- Instants are timestamptz and end in _at; keys are UUIDv7.

CREATE FUNCTION postclock_uuid7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
              PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
              FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

CREATE TABLE users (
  id            uuid PRIMARY KEY,
  email         text NOT NULL,
  name          text NOT NULL,
  password_hash text NOT NULL,
  created_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

CREATE TABLE workspaces (
  id               uuid PRIMARY KEY,
  name             text NOT NULL,
  time_zone        text NOT NULL,
  after_publishing text NOT NULL DEFAULT 'keep' CHECK (after_publishing IN ('keep', 'remove')),
  created_at       timestamptz NOT NULL
);

CREATE TABLE memberships (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  role         text NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'approver', 'viewer')),
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (user_id, workspace_id)
);
CREATE INDEX memberships_workspace ON memberships (workspace_id);

CREATE TABLE sessions (
  token_hash   bytea PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL
);

CREATE TABLE api_tokens (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  name         text NOT NULL,
  token_hash   bytea NOT NULL UNIQUE,
  created_at   timestamptz NOT NULL
);

CREATE TABLE accounts (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  platform     text NOT NULL,
  remote_id    text NOT NULL,
  handle       text NOT NULL,
  server       text,
  sandbox      boolean NOT NULL DEFAULT false,
  status       text NOT NULL DEFAULT 'connected'
               CHECK (status IN ('connected', 'needs_login', 'disconnected')),
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  UNIQUE NULLS NOT DISTINCT (workspace_id, platform, server, remote_id)
);

CREATE TABLE credentials (
  account_id   uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  key_id       text NOT NULL,
  secrets      bytea NOT NULL,
  updated_at   timestamptz NOT NULL
);

CREATE TABLE posts (
  id                  uuid PRIMARY KEY,
  workspace_id        uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  author_id           uuid REFERENCES users ON DELETE SET NULL,
  topic               text NOT NULL DEFAULT '',
  platforms           text[] NOT NULL DEFAULT '{}',
  account_ids         uuid[] NOT NULL DEFAULT '{}',
  content             jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(content) = 'object'),
  status              text NOT NULL CHECK (status IN (
                        'draft', 'ready_to_publish', 'scheduled', 'publishing', 'published',
                        'partially_published', 'failed', 'missed', 'unconfirmed')),
  scheduled_at        timestamptz,
  local_time          timestamp,
  time_zone           text,
  fold                smallint CHECK (fold IN (0, 1)),
  publish_retry_count integer NOT NULL DEFAULT 0,
  publish_error       text,
  version             integer NOT NULL DEFAULT 1,
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  deleted_at          timestamptz
);
CREATE INDEX posts_recent ON posts (workspace_id, (coalesce(scheduled_at, created_at)) DESC, id DESC)
  WHERE deleted_at IS NULL;

CREATE TABLE deliveries (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  post_id       uuid NOT NULL REFERENCES posts ON DELETE CASCADE,
  account_id    uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  platform      text NOT NULL,
  state         text NOT NULL CHECK (state IN (
                  'scheduled', 'staging', 'staged', 'claimed', 'sending', 'unknown', 'held',
                  'published', 'failed', 'missed', 'unconfirmed', 'canceled')),
  due_at        timestamptz NOT NULL,
  wake_at       timestamptz,
  fence         integer NOT NULL DEFAULT 0,
  node          text,
  failures      integer NOT NULL DEFAULT 0,
  retries       integer NOT NULL DEFAULT 0,
  looks         integer NOT NULL DEFAULT 0,
  staged        jsonb NOT NULL DEFAULT '{}',
  intended_at   timestamptz,
  settled_at    timestamptz,
  doubted_at    timestamptz,
  resent        boolean NOT NULL DEFAULT false,
  sent_at       timestamptz,
  accepted_at   timestamptz,
  late_ms       double precision,
  remote_id     text,
  permalink     text,
  error_code    text,
  error_message text,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  UNIQUE (post_id, account_id),
  CONSTRAINT deliveries_wake CHECK ((wake_at IS NULL) =
    (state IN ('held', 'published', 'failed', 'missed', 'unconfirmed', 'canceled')))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX deliveries_due ON deliveries (wake_at) WHERE wake_at IS NOT NULL;
CREATE UNIQUE INDEX deliveries_receipt ON deliveries (account_id, remote_id)
  WHERE remote_id IS NOT NULL;
COMMENT ON COLUMN deliveries.failures IS 'tries used up, of MAX_RETRY_COUNT';
COMMENT ON COLUMN deliveries.retries IS 'attempts that ended unpublished, waits for a quota included';
COMMENT ON COLUMN deliveries.intended_at IS 'when the last attempt was committed';
COMMENT ON COLUMN deliveries.settled_at IS 'from when on nothing of it can still be on its way';
COMMENT ON COLUMN deliveries.doubted_at IS 'the intent of the first attempt that may have arrived';
COMMENT ON COLUMN deliveries.resent IS 'the one guarded attempt after unseen looks is used up';

CREATE TABLE attempts (
  delivery_id   uuid NOT NULL REFERENCES deliveries ON DELETE CASCADE,
  number        integer NOT NULL,
  workspace_id  uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  node          text NOT NULL,
  intended_at   timestamptz NOT NULL,
  sent_at       timestamptz,
  ended_at      timestamptz,
  outcome       text CHECK (outcome IN
                  ('published', 'retry', 'rejected', 'needs_login', 'unknown', 'not_sent')),
  answer        text,
  remote_id     text,
  permalink     text,
  accepted_at   timestamptz,
  PRIMARY KEY (delivery_id, number)
);

CREATE TABLE activity_logs (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  post_id      uuid,
  actor_id     uuid,
  kind         text NOT NULL,
  message      text NOT NULL,
  details      jsonb NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL
);
CREATE INDEX activity_logs_recent ON activity_logs (workspace_id, created_at DESC, id DESC);

CREATE TABLE notifications (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  post_id      uuid,
  kind         text NOT NULL,
  title        text NOT NULL,
  body         text NOT NULL,
  created_at   timestamptz NOT NULL,
  read_at      timestamptz
);
CREATE INDEX notifications_recent ON notifications (workspace_id, created_at DESC, id DESC);

CREATE TABLE idempotency_keys (
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  key          text NOT NULL,
  request_hash bytea NOT NULL,
  post_id      uuid NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, key)
);

CREATE TABLE system_state (
  key        text PRIMARY KEY,
  value      jsonb NOT NULL,
  updated_at timestamptz NOT NULL
);

-- What the deliveries say about their posts -----------------------------------------------------

-- Brings posts up to what their deliveries say, in a statement of its own after the deliveries
-- were written: only then does it see what others committed while it waited for the post's lock.
CREATE FUNCTION postclock_derive_posts(p_posts uuid[], p_now timestamptz)
RETURNS TABLE (post_id uuid, workspace_id uuid, was text, status text, removed boolean)
LANGUAGE sql VOLATILE AS $$
  WITH told AS (
    SELECT p.id, p.status AS was,
           count(d.id) FILTER (WHERE d.state <> 'canceled') AS live,
           count(*) FILTER (WHERE d.state IN ('sending', 'unknown')) AS moving,
           count(*) FILTER (WHERE d.state IN ('scheduled', 'staging', 'staged', 'claimed')) AS waiting,
           count(*) FILTER (WHERE d.state = 'published') AS published,
           count(*) FILTER (WHERE d.state = 'unconfirmed') AS unconfirmed,
           count(*) FILTER (WHERE d.state = 'failed') AS failed,
           count(*) FILTER (WHERE d.state = 'missed') AS missed,
           coalesce(max(d.retries) FILTER (WHERE d.state <> 'canceled'), 0) AS retries,
           string_agg(d.platform || ': ' || d.error_message, '; ' ORDER BY d.platform, d.id)
             FILTER (WHERE d.state NOT IN ('published', 'canceled')) AS error,
           jsonb_object_agg(d.platform, d.error_message)
             FILTER (WHERE d.state NOT IN ('published', 'canceled')
                     AND d.error_message IS NOT NULL) AS errors,
           max(d.intended_at) AS attempted_at
      FROM posts p LEFT JOIN deliveries d ON d.post_id = p.id
     WHERE p.id = ANY (p_posts)
     GROUP BY p.id
  ), said AS (
    SELECT told.*, CASE
             WHEN live = 0 THEN
               CASE WHEN told.was IN ('draft', 'ready_to_publish') THEN told.was
                    ELSE 'ready_to_publish' END
             WHEN moving > 0 THEN 'publishing'
             WHEN waiting > 0 AND published + unconfirmed + failed + missed > 0 THEN 'publishing'
             WHEN waiting > 0 THEN 'scheduled'
             WHEN published = live THEN 'published'
             WHEN published > 0 THEN 'partially_published'
             WHEN unconfirmed > 0 THEN 'unconfirmed'
             WHEN failed > 0 THEN 'failed'
             WHEN missed > 0 THEN 'missed'
             ELSE 'scheduled'
           END AS now_is
      FROM told
  )
  UPDATE posts p
     SET status = said.now_is,
         publish_retry_count = said.retries,
         publish_error = said.error,
         content = CASE WHEN said.errors IS NULL THEN p.content
                   ELSE jsonb_set(p.content, '{_publishLog}', jsonb_build_object(
                     'last_attempt_at', to_jsonb(said.attempted_at),
                     'retry_count', said.retries, 'errors', said.errors)) END,
         deleted_at = CASE WHEN said.now_is = 'published' AND w.after_publishing = 'remove'
                      THEN coalesce(p.deleted_at, p_now) ELSE p.deleted_at END,
         updated_at = p_now
    FROM said, workspaces w
   WHERE p.id = said.id AND w.id = p.workspace_id
  RETURNING p.id, p.workspace_id, said.was, p.status, p.deleted_at IS NOT NULL
$$;

-- Arming: the one way a delivery gets its moment. Locks the post, then its deliveries.
-- A published delivery never re-arms; one that is being sent raises PC001.
CREATE FUNCTION postclock_arm(p_post uuid, p_accounts uuid[], p_due timestamptz, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_wake timestamptz := greatest(p_due, p_now);
BEGIN
  PERFORM 1 FROM posts WHERE id = p_post FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries WHERE post_id = p_post ORDER BY id FOR UPDATE;
  IF EXISTS (SELECT FROM deliveries WHERE post_id = p_post AND state IN ('sending', 'unknown')) THEN
    RAISE EXCEPTION 'already publishing' USING ERRCODE = 'PC001';
  END IF;
  UPDATE deliveries
     SET state = 'canceled', wake_at = NULL, node = NULL, fence = fence + 1, updated_at = p_now
   WHERE post_id = p_post AND account_id <> ALL (p_accounts)
     AND state NOT IN ('published', 'canceled');
  INSERT INTO deliveries AS d (id, workspace_id, post_id, account_id, platform, state, due_at,
                               wake_at, created_at, updated_at)
  SELECT postclock_uuid7(), a.workspace_id, p_post, a.id, a.platform, 'scheduled', p_due, v_wake,
         p_now, p_now
    FROM accounts a JOIN posts p ON p.id = p_post AND p.workspace_id = a.workspace_id
   WHERE a.id = ANY (p_accounts)
   ORDER BY a.id
  ON CONFLICT (post_id, account_id) DO UPDATE
     SET state = 'scheduled', due_at = p_due, wake_at = v_wake, fence = d.fence + 1, node = NULL,
         failures = 0, retries = 0, looks = 0, staged = '{}', intended_at = NULL, settled_at = NULL,
         doubted_at = NULL, resent = false, sent_at = NULL, accepted_at = NULL, late_ms = NULL,
         error_code = NULL, error_message = NULL, updated_at = p_now
   WHERE d.state <> 'published';
  PERFORM postclock_derive_posts(ARRAY[p_post], p_now);
  IF v_wake < p_now + interval '20 minutes' THEN
    PERFORM pg_notify('postclock_wake', (extract(epoch FROM v_wake) * 1000000)::bigint::text);
  END IF;
END $$;

-- Disarming: unschedule or delete. Locks as arming does; raises PC001 as arming does.
CREATE FUNCTION postclock_disarm(p_post uuid, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM posts WHERE id = p_post FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries WHERE post_id = p_post ORDER BY id FOR UPDATE;
  IF EXISTS (SELECT FROM deliveries WHERE post_id = p_post AND state IN ('sending', 'unknown')) THEN
    RAISE EXCEPTION 'already publishing' USING ERRCODE = 'PC001';
  END IF;
  UPDATE deliveries
     SET state = 'canceled', wake_at = NULL, node = NULL, fence = fence + 1, updated_at = p_now
   WHERE post_id = p_post AND state NOT IN ('published', 'canceled');
  PERFORM postclock_derive_posts(ARRAY[p_post], p_now);
END $$;

-- Who is asking ---------------------------------------------------------------------------------

CREATE FUNCTION postclock_workspaces() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT workspace_id FROM memberships WHERE user_id = postclock_user()
$$;

CREATE FUNCTION postclock_session(p_hash bytea, p_now timestamptz)
RETURNS TABLE (user_id uuid, workspace_id uuid, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.user_id, s.workspace_id, m.role FROM sessions s
    JOIN memberships m USING (user_id, workspace_id)
   WHERE s.token_hash = p_hash AND s.expires_at > p_now
$$;

CREATE FUNCTION postclock_api_token(p_hash bytea)
RETURNS TABLE (user_id uuid, workspace_id uuid, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.user_id, t.workspace_id, m.role FROM api_tokens t
    JOIN memberships m USING (user_id, workspace_id)
   WHERE t.token_hash = p_hash
$$;
REVOKE ALL ON FUNCTION postclock_workspaces(), postclock_session(bytea, timestamptz),
  postclock_api_token(bytea) FROM PUBLIC;

-- Row-level security: the owner of the tables (nodes, cron, migrations) sees all; the API's role
-- sees the rows of the workspaces its user belongs to, and nothing of the rest.

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['users', 'workspaces', 'memberships', 'sessions', 'api_tokens',
      'accounts', 'credentials', 'posts', 'deliveries', 'attempts', 'activity_logs',
      'notifications', 'idempotency_keys', 'system_state'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['api_tokens', 'accounts', 'posts', 'deliveries', 'attempts',
      'activity_logs', 'notifications', 'idempotency_keys', 'memberships'] LOOP
    EXECUTE format('CREATE POLICY tenant ON %I TO postclock_api
                    USING (workspace_id IN (SELECT postclock_workspaces()))
                    WITH CHECK (workspace_id IN (SELECT postclock_workspaces()))', t);
  END LOOP;
END $$;
-- A delivery joins a post and an account, and a foreign key asks no policy: both must be seen.
CREATE POLICY own_parts ON deliveries AS RESTRICTIVE TO postclock_api USING (true)
  WITH CHECK (EXISTS (SELECT FROM posts p WHERE p.id = post_id)
              AND EXISTS (SELECT FROM accounts a WHERE a.id = account_id));
CREATE POLICY tenant ON workspaces TO postclock_api
  USING (id IN (SELECT postclock_workspaces())) WITH CHECK (id IN (SELECT postclock_workspaces()));
CREATE POLICY tenant ON users TO postclock_api
  USING (id IN (SELECT user_id FROM memberships
                 WHERE workspace_id IN (SELECT postclock_workspaces())))
  WITH CHECK (id = postclock_user());

GRANT USAGE ON SCHEMA public TO postclock_api;
GRANT EXECUTE ON FUNCTION postclock_workspaces(), postclock_session(bytea, timestamptz),
  postclock_api_token(bytea) TO postclock_api;
GRANT SELECT (id, email, name, created_at) ON users TO postclock_api;
GRANT SELECT ON memberships, accounts, attempts TO postclock_api;
GRANT SELECT, UPDATE (name, time_zone, after_publishing) ON workspaces TO postclock_api;
GRANT SELECT, INSERT, UPDATE ON posts, deliveries, notifications TO postclock_api;
GRANT SELECT, INSERT ON activity_logs, idempotency_keys TO postclock_api;
GRANT SELECT ON api_tokens TO postclock_api;
