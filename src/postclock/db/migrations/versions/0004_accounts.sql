-- Accounts that people connect: what they are, how they were connected, how long that lasts.

ALTER TABLE accounts
  ADD COLUMN name text NOT NULL DEFAULT '',
  ADD COLUMN avatar_url text,
  ADD COLUMN kind text NOT NULL DEFAULT '',
  ADD COLUMN way text NOT NULL DEFAULT '',
  ADD COLUMN scopes text[] NOT NULL DEFAULT '{}',
  ADD COLUMN renew_at timestamptz,
  ADD COLUMN login_ends_at timestamptz,
  ADD COLUMN warned_at timestamptz,
  ADD COLUMN connected_at timestamptz,
  ADD COLUMN problem text;
COMMENT ON COLUMN accounts.way IS 'how it was connected: the name of one of its platform''s ways';
COMMENT ON COLUMN accounts.renew_at IS 'from when its login is renewed ahead; NULL: never';
COMMENT ON COLUMN accounts.login_ends_at IS 'when only a person can renew it, unless it is renewed before';
COMMENT ON COLUMN accounts.warned_at IS 'when its people were last told that it ends';
COMMENT ON COLUMN accounts.problem IS 'why it needs a person, in a sentence';
CREATE INDEX accounts_to_renew ON accounts (renew_at)
  WHERE renew_at IS NOT NULL AND status = 'connected';
CREATE INDEX accounts_ending ON accounts (login_ends_at)
  WHERE login_ends_at IS NOT NULL AND status = 'connected';

-- Who renews a login says so here, for a while: the lock of a row, which outlives no crash and needs
-- no open connection.
ALTER TABLE credentials
  ADD COLUMN renewing_until timestamptz,
  ADD COLUMN renewing_by text;

-- The developer apps that people entered in settings, and those registered with servers. The secret
-- is sealed; environment variables stand in where a workspace has none.
CREATE TABLE app_keys (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  keys         text NOT NULL,
  server       text,
  client_id    text NOT NULL,
  key_id       text NOT NULL,
  secret       bytea NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  UNIQUE NULLS NOT DISTINCT (workspace_id, keys, server)
);
COMMENT ON COLUMN app_keys.keys IS 'whose they are: Way.keys';

-- A person on the way to a platform and back. Sealed: PKCE's secret, then the profiles to pick from.
CREATE TABLE visits (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  account_id   uuid REFERENCES accounts ON DELETE CASCADE,
  platform     text NOT NULL,
  way          text NOT NULL,
  server       text,
  sandbox      boolean NOT NULL,
  state_hash   bytea NOT NULL UNIQUE,
  browser_hash bytea NOT NULL,
  key_id       text NOT NULL,
  sealed       bytea NOT NULL,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  returned_at  timestamptz
);
COMMENT ON COLUMN visits.account_id IS 'the account that is connected again; NULL: a new one';
COMMENT ON COLUMN visits.browser_hash IS 'of the cookie that only the browser that left has';
CREATE INDEX visits_old ON visits (expires_at);

ALTER TABLE media
  ADD COLUMN duration double precision,
  ADD COLUMN frame_rate double precision,
  ADD COLUMN video_codec text NOT NULL DEFAULT '',
  ADD COLUMN audio_codec text NOT NULL DEFAULT '',
  ADD COLUMN poster_key text;
COMMENT ON COLUMN media.poster_key IS 'where the still picture of a video is kept';

-- What went wrong after a post was public: told, and never a failure.
ALTER TABLE deliveries ADD COLUMN note text;
-- Taken back: deleted on the platform by a person's wish.
ALTER TABLE deliveries ADD COLUMN removed_at timestamptz;

ALTER TABLE users ADD COLUMN mail_notices boolean NOT NULL DEFAULT true;
ALTER TABLE notifications ADD COLUMN mailed_at timestamptz;
CREATE INDEX notifications_to_mail ON notifications (created_at) WHERE mailed_at IS NULL;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['app_keys', 'visits'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO postclock_api
                    USING (workspace_id IN (SELECT postclock_workspaces()))
                    WITH CHECK (workspace_id IN (SELECT postclock_workspaces()))', t);
  END LOOP;
END $$;
GRANT SELECT (id, workspace_id, keys, server, client_id, created_at, updated_at) ON app_keys TO postclock_api;
GRANT SELECT (mail_notices), UPDATE (mail_notices) ON users TO postclock_api;

-- As in 0002, with the receipt's note.
CREATE OR REPLACE FUNCTION postclock_record(p_endings jsonb, p_now timestamptz)
RETURNS TABLE (id uuid, post_id uuid, state text, workspace_id uuid, was text, status text,
               removed boolean, deliveries json)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_posts uuid[];
  v_ids uuid[];
  v_moved integer;
  v_lost boolean;
BEGIN
  SELECT array_agg(x.id), array_agg(DISTINCT x.post_id) INTO v_ids, v_posts
    FROM jsonb_to_recordset(p_endings) AS x (id uuid, post_id uuid);
  PERFORM 1 FROM posts p WHERE p.id = ANY (v_posts) ORDER BY p.id FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries d WHERE d.id = ANY (v_ids) ORDER BY d.id FOR UPDATE;
  UPDATE attempts a
     SET outcome = x.attempt, ended_at = x.ended_at, sent_at = x.sent_at, answer = x.answer,
         remote_id = x.remote_id, permalink = x.permalink, accepted_at = x.accepted_at
    FROM jsonb_to_recordset(p_endings) AS x (id uuid, fence integer, attempt text,
         ended_at timestamptz, sent_at timestamptz, answer text, remote_id text, permalink text,
         accepted_at timestamptz)
   WHERE a.delivery_id = x.id AND a.number = x.fence AND x.attempt IS NOT NULL;
  -- The machine moves under id, fence and state. A receipt that an attempt of this delivery holds
  -- is proof, whatever this ending says.
  RETURN QUERY
  UPDATE deliveries d
     SET state = CASE WHEN proof.remote_id IS NULL THEN x.state ELSE 'published' END,
         wake_at = CASE WHEN proof.remote_id IS NULL THEN x.wake_at END,
         failures = d.failures + x.failed::integer,
         retries = d.retries + (x.attempt IS NOT NULL AND x.attempt <> 'published')::integer,
         looks = x.looks,
         stage_failures = coalesce(x.stage_failures, d.stage_failures),
         staged = CASE WHEN x.restage THEN d.staged - 'media' ELSE coalesce(x.staged, d.staged) END,
         resent = d.resent OR x.resend,
         doubted_at = CASE WHEN x.attempt = 'unknown' THEN coalesce(d.doubted_at, d.intended_at)
                      ELSE d.doubted_at END,
         settled_at = CASE WHEN x.answered THEN x.ended_at ELSE d.settled_at END,
         sent_at = coalesce(x.sent_at, d.sent_at),
         late_ms = coalesce(x.late_ms, d.late_ms),
         remote_id = coalesce(proof.remote_id, x.remote_id, d.remote_id),
         permalink = coalesce(proof.permalink, x.permalink, d.permalink),
         accepted_at = coalesce(proof.accepted_at, x.accepted_at, d.accepted_at),
         note = coalesce(x.note, d.note),
         error_code = CASE WHEN coalesce(proof.remote_id, x.remote_id) IS NULL AND x.state <> 'staged'
                      THEN coalesce(x.error_code, d.error_code) END,
         error_message = CASE WHEN coalesce(proof.remote_id, x.remote_id) IS NULL AND x.state <> 'staged'
                         THEN coalesce(x.error_message, d.error_message) END,
         node = NULL, updated_at = p_now
    FROM jsonb_to_recordset(p_endings) AS x (id uuid, fence integer, was text, state text,
         wake_at timestamptz, failed boolean, looks integer, stage_failures integer, staged jsonb,
         restage boolean, resend boolean, attempt text, answered boolean, ended_at timestamptz,
         sent_at timestamptz, late_ms double precision, remote_id text, permalink text,
         accepted_at timestamptz, error_code text, error_message text, note text)
    LEFT JOIN LATERAL (
      SELECT a.remote_id, a.permalink, a.accepted_at FROM attempts a
       WHERE a.delivery_id = x.id AND a.remote_id IS NOT NULL AND a.number <> x.fence
         AND x.remote_id IS NULL LIMIT 1
    ) proof ON true
   WHERE d.id = x.id AND d.fence = x.fence AND d.state = x.was
  RETURNING d.id, d.post_id, d.state, NULL::uuid, NULL::text, NULL::text, NULL::boolean, NULL::json;
  GET DIAGNOSTICS v_moved = ROW_COUNT;
  v_lost := v_moved < jsonb_array_length(p_endings);
  -- A late receipt, of a node that had lost its lease, makes the delivery published. Only while a
  -- newer attempt is on its way it waits for that one's end: the move above finds it then.
  IF v_lost THEN RETURN QUERY
  UPDATE deliveries d
     SET state = 'published', wake_at = NULL, node = NULL, fence = d.fence + 1,
         remote_id = x.remote_id, permalink = x.permalink, accepted_at = x.accepted_at,
         sent_at = coalesce(x.sent_at, d.sent_at), late_ms = coalesce(x.late_ms, d.late_ms),
         error_code = NULL, error_message = NULL, updated_at = p_now
    FROM jsonb_to_recordset(p_endings) AS x (id uuid, remote_id text, permalink text,
         accepted_at timestamptz, sent_at timestamptz, late_ms double precision)
   WHERE d.id = x.id AND x.remote_id IS NOT NULL AND d.state NOT IN ('published', 'sending')
  RETURNING d.id, d.post_id, d.state, NULL::uuid, NULL::text, NULL::text, NULL::boolean, NULL::json;
  END IF;
  -- Two receipts for one delivery: the platform took it twice. Never so of what was claimed once.
  IF v_lost OR p_endings @? '$[*] ? (@.fence > 1 && @.remote_id != null)' THEN RETURN QUERY
  SELECT d.id, d.post_id, 'twice', NULL::uuid, NULL::text, NULL::text, NULL::boolean, NULL::json
    FROM deliveries d
    JOIN jsonb_to_recordset(p_endings) AS x (id uuid, remote_id text) ON x.id = d.id
   WHERE x.remote_id IS NOT NULL
     AND ((d.state = 'published' AND d.remote_id <> x.remote_id)
          OR EXISTS (SELECT FROM attempts a WHERE a.delivery_id = d.id AND a.remote_id IS NOT NULL
                      AND a.remote_id <> x.remote_id));
  END IF;
  -- What a platform said about one account's quota holds for all that the account sends.
  IF p_endings @? '$[*] ? (@.blocked_until != null)' THEN
  UPDATE accounts a SET blocked_until = x.blocked_until
    FROM jsonb_to_recordset(p_endings) AS x (account_id uuid, blocked_until timestamptz)
   WHERE a.id = x.account_id AND x.blocked_until > coalesce(a.blocked_until, '-infinity');
  END IF;
  RETURN QUERY
  WITH derived AS MATERIALIZED (SELECT * FROM postclock_derive_posts(v_posts, p_now)),
  told AS (SELECT postclock_tell(array_agg(t.workspace_id || ':' || t.post_id)) FROM derived t)
  SELECT NULL::uuid, t.post_id, NULL, t.workspace_id, t.was, t.status, t.removed, (
    SELECT json_agg(json_build_object(
             'id', d.id, 'platform', d.platform, 'account_id', d.account_id, 'state', d.state,
             'late_ms', d.late_ms, 'remote_id', d.remote_id, 'permalink', d.permalink,
             'error_code', d.error_code, 'error_message', d.error_message, 'note', d.note, 'wake_at', d.wake_at,
             'due_at', d.due_at, 'stage_failures', d.stage_failures, 'handle', a.handle,
             'topic', p.topic, 'text', left(p.content #>> ARRAY[d.platform, 'text'], 200))
           ORDER BY d.platform, d.id)
      FROM deliveries d JOIN accounts a ON a.id = d.account_id JOIN posts p ON p.id = d.post_id
     WHERE d.post_id = t.post_id AND d.state <> 'canceled')
    FROM derived t, told;
END $$;

-- What of a delivery is public already and must never be sent again, whatever is armed anew: the
-- ledger of parts. All else that was staged is forgotten.
CREATE FUNCTION postclock_parts(p_staged jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(key, value), '{}')
    FROM jsonb_each(p_staged) WHERE key IN ('parts', 'comment')
$$;

-- As in 0002, keeping the parts.
CREATE OR REPLACE FUNCTION postclock_arm(p_post uuid, p_accounts uuid[], p_due timestamptz, p_now timestamptz,
                              p_leads interval[] DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_first timestamptz;
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
                               stage_at, wake_at, created_at, updated_at)
  SELECT postclock_uuid7(), a.workspace_id, p_post, a.id, a.platform, 'scheduled', p_due,
         p_due - t.lead, greatest(coalesce(p_due - t.lead, p_due), p_now), p_now, p_now
    FROM unnest(p_accounts, p_leads) AS t (account_id, lead)
    JOIN accounts a ON a.id = t.account_id
    JOIN posts p ON p.id = p_post AND p.workspace_id = a.workspace_id
   ORDER BY a.id
  ON CONFLICT (post_id, account_id) DO UPDATE
     SET state = 'scheduled', due_at = p_due, stage_at = excluded.stage_at,
         wake_at = excluded.wake_at, fence = d.fence + 1, node = NULL,
         failures = 0, retries = 0, looks = 0, staged = postclock_parts(d.staged),
         stage_failures = 0, note = NULL,
         intended_at = NULL, settled_at = NULL,
         doubted_at = NULL, resent = false, sent_at = NULL, accepted_at = NULL, late_ms = NULL,
         left_at = NULL, error_code = NULL, error_message = NULL, updated_at = p_now
   WHERE d.state <> 'published';
  PERFORM postclock_derive_posts(ARRAY[p_post], p_now);
  SELECT min(wake_at) INTO v_first FROM deliveries WHERE post_id = p_post AND wake_at IS NOT NULL;
  IF v_first < p_now + interval '20 minutes' THEN
    PERFORM pg_notify('postclock_wake', (extract(epoch FROM v_first) * 1000000)::bigint::text);
  END IF;
END $$;

-- As in 0002, keeping the parts.
CREATE OR REPLACE FUNCTION postclock_rearm(p_delivery uuid, p_due timestamptz, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_post uuid;
  v_moved boolean;
BEGIN
  SELECT post_id INTO v_post FROM deliveries WHERE id = p_delivery;
  PERFORM 1 FROM posts WHERE id = v_post FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries WHERE id = p_delivery FOR UPDATE;
  UPDATE deliveries
     SET state = 'scheduled', due_at = p_due, wake_at = greatest(p_due, p_now),
         stage_at = CASE WHEN stage_at IS NULL THEN NULL ELSE p_due END,
         fence = fence + 1, failures = 0, retries = 0, looks = 0, staged = postclock_parts(staged),
         stage_failures = 0, note = NULL,
         intended_at = NULL, settled_at = NULL, doubted_at = NULL, resent = false, sent_at = NULL,
         accepted_at = NULL, late_ms = NULL, left_at = NULL, error_code = NULL, error_message = NULL,
         updated_at = p_now
   WHERE id = p_delivery AND state IN ('unconfirmed', 'failed', 'missed');
  v_moved := FOUND;
  PERFORM postclock_derive_posts(ARRAY[v_post], p_now);
  IF v_moved AND p_due < p_now + interval '20 minutes' THEN
    PERFORM pg_notify('postclock_wake',
                      (extract(epoch FROM greatest(p_due, p_now)) * 1000000)::bigint::text);
  END IF;
  RETURN v_moved;
END $$;

-- A profile of the pretend platforms is never taken for a real one of the same id.
ALTER TABLE accounts
  DROP CONSTRAINT accounts_workspace_id_platform_server_remote_id_key,
  ADD CONSTRAINT accounts_profile
    UNIQUE NULLS NOT DISTINCT (workspace_id, platform, sandbox, server, remote_id);

-- An account leaves the workspace: what still waited for it is canceled, its secrets are deleted, its
-- history stays. Locks posts, deliveries and then the account, as recording does; raises PC001 as
-- arming does. Answers the posts that no longer go there; NULL where there is no such account.
CREATE FUNCTION postclock_remove_account(p_workspace uuid, p_account uuid, p_now timestamptz)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  v_posts uuid[];
  v_canceled uuid[];
BEGIN
  IF NOT EXISTS (SELECT FROM accounts WHERE id = p_account AND workspace_id = p_workspace
                    AND status <> 'disconnected') THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(DISTINCT post_id) INTO v_posts FROM deliveries
   WHERE account_id = p_account AND state NOT IN ('published', 'canceled');
  PERFORM 1 FROM posts WHERE id = ANY (v_posts) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries WHERE account_id = p_account AND post_id = ANY (v_posts)
    ORDER BY id FOR UPDATE;
  IF EXISTS (SELECT FROM deliveries WHERE account_id = p_account
                AND state IN ('sending', 'unknown')) THEN
    RAISE EXCEPTION 'already publishing' USING ERRCODE = 'PC001';
  END IF;
  WITH gone AS (
    UPDATE deliveries
       SET state = 'canceled', wake_at = NULL, node = NULL, fence = fence + 1, updated_at = p_now
     WHERE account_id = p_account AND post_id = ANY (v_posts)
       AND state IN ('scheduled', 'staging', 'staged', 'claimed', 'held')
    RETURNING post_id
  ) SELECT coalesce(array_agg(DISTINCT post_id), '{}') INTO v_canceled FROM gone;
  UPDATE accounts
     SET status = 'disconnected', problem = NULL, renew_at = NULL, login_ends_at = NULL,
         paused_at = NULL, updated_at = p_now
   WHERE id = p_account;
  DELETE FROM credentials WHERE account_id = p_account;
  PERFORM postclock_derive_posts(v_canceled, p_now);
  RETURN v_canceled;
END $$;

-- Who mails hears at once of what may have to be mailed; one look for all that commits together.
CREATE FUNCTION postclock_notified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM fresh WHERE kind <> 'post_published') THEN
    PERFORM pg_notify('postclock_mail', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER notifications_mailed AFTER INSERT ON notifications
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION postclock_notified();
