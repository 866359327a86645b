-- The core in full: staging ahead of time, quotas, pauses, late policies, campaigns, media.

ALTER TABLE workspaces
  ADD COLUMN after_failure text NOT NULL DEFAULT 'failed' CHECK (after_failure IN ('failed', 'draft')),
  ADD COLUMN late_policy   text NOT NULL DEFAULT 'publish' CHECK (late_policy IN ('publish', 'ask', 'skip')),
  ADD COLUMN paused_at     timestamptz;
COMMENT ON COLUMN workspaces.late_policy IS 'what new posts begin with';

CREATE TABLE campaigns (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  user_id      uuid REFERENCES users ON DELETE SET NULL,
  name         text NOT NULL,
  paused_at    timestamptz,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX campaigns_name ON campaigns (workspace_id, lower(name));

ALTER TABLE accounts
  ADD COLUMN paused_at     timestamptz,
  ADD COLUMN blocked_until timestamptz,
  ADD COLUMN late_sent_at  timestamptz;
COMMENT ON COLUMN accounts.blocked_until IS 'until when its platform takes nothing from it (Retry-After, reset headers)';
COMMENT ON COLUMN accounts.late_sent_at IS 'when a delivery more than ten minutes late last left';

ALTER TABLE posts
  ADD COLUMN campaign_id        uuid REFERENCES campaigns ON DELETE SET NULL,
  ADD COLUMN late_policy        text NOT NULL DEFAULT 'publish' CHECK (late_policy IN ('publish', 'ask', 'skip')),
  ADD COLUMN late_grace_seconds integer CHECK (late_grace_seconds BETWEEN 60 AND 2592000);
CREATE INDEX posts_campaign ON posts (campaign_id) WHERE campaign_id IS NOT NULL;
COMMENT ON COLUMN posts.late_grace_seconds IS 'how late it may still go out by itself; NULL: 24 hours for publish, 10 minutes for ask and skip';

ALTER TABLE deliveries
  ADD COLUMN stage_at       timestamptz,
  ADD COLUMN stage_failures integer NOT NULL DEFAULT 0,
  ADD COLUMN left_at        timestamptz;
CREATE INDEX deliveries_of_account ON deliveries (account_id, due_at);
COMMENT ON COLUMN deliveries.stage_at IS 'when its uploads may begin; NULL: there is nothing to stage';
COMMENT ON COLUMN deliveries.stage_failures IS 'failed stagings in a row';
COMMENT ON COLUMN deliveries.left_at IS 'when a person chose to leave an unconfirmed one as it is';

-- What left, per account and slot: counted against the windows that platforms declare.
CREATE TABLE quota_usage (
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  slot_at    timestamptz NOT NULL,
  used       integer NOT NULL,
  PRIMARY KEY (account_id, slot_at)
) WITH (fillfactor = 80);

CREATE TABLE media (
  id           uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  user_id      uuid REFERENCES users ON DELETE SET NULL,
  name         text NOT NULL,
  mime_type    text NOT NULL,
  bytes        bigint NOT NULL,
  width        integer,
  height       integer,
  sha256       bytea NOT NULL,
  alt_text     text NOT NULL DEFAULT '',
  storage_key  text NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  deleted_at   timestamptz
);
CREATE INDEX media_recent ON media (workspace_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['campaigns', 'quota_usage', 'media'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['campaigns', 'media'] LOOP
    EXECUTE format('CREATE POLICY tenant ON %I TO postclock_api
                    USING (workspace_id IN (SELECT postclock_workspaces()))
                    WITH CHECK (workspace_id IN (SELECT postclock_workspaces()))', t);
  END LOOP;
END $$;
CREATE POLICY tenant ON quota_usage TO postclock_api
  USING (EXISTS (SELECT FROM accounts a WHERE a.id = account_id));
-- A post joins a campaign, and a foreign key asks no policy: it must be seen.
CREATE POLICY own_campaign ON posts AS RESTRICTIVE TO postclock_api USING (true)
  WITH CHECK (campaign_id IS NULL OR EXISTS (SELECT FROM campaigns c WHERE c.id = campaign_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON campaigns TO postclock_api;
GRANT SELECT, INSERT, UPDATE ON media TO postclock_api;
GRANT SELECT ON quota_usage TO postclock_api;
GRANT UPDATE (paused_at, updated_at) ON accounts TO postclock_api;
GRANT UPDATE (paused_at, after_failure, late_policy) ON workspaces TO postclock_api;

-- What the deliveries say about their posts: as before, and back to draft where a workspace wants
-- failed posts so.
CREATE OR REPLACE FUNCTION postclock_derive_posts(p_posts uuid[], p_now timestamptz)
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
     SET status = CASE WHEN said.now_is = 'failed' AND w.after_failure = 'draft' THEN 'draft'
                       ELSE said.now_is END,
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

-- Arming with leads: each target's uploads begin so long before its moment. NULL, or no leads at
-- all: there is nothing to stage.
DROP FUNCTION postclock_arm(uuid, uuid[], timestamptz, timestamptz);
CREATE FUNCTION postclock_arm(p_post uuid, p_accounts uuid[], p_due timestamptz, p_now timestamptz,
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
         failures = 0, retries = 0, looks = 0, staged = '{}', stage_failures = 0,
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

-- Pausing and letting go -------------------------------------------------------------------------

-- What keeps a delivery from leaving: a pause or a login. NULL when nothing does.
CREATE FUNCTION postclock_holds(p_workspace_paused timestamptz, p_campaign_paused timestamptz,
                                p_account_paused timestamptz, p_account_status text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_workspace_paused IS NOT NULL THEN 'workspace_paused'
              WHEN p_campaign_paused IS NOT NULL THEN 'campaign_paused'
              WHEN p_account_paused IS NOT NULL THEN 'account_paused'
              WHEN p_account_status <> 'connected' THEN 'not_connected' END
$$;

-- Let go what nothing holds any more: after a resume or a reconnect. Each goes on at its moment,
-- or now; its late policy is applied when it is claimed. Answers how many.
CREATE FUNCTION postclock_resume(p_workspace uuid, p_now timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_free uuid[];
  v_posts uuid[];
  v_first timestamptz;
BEGIN
  SELECT array_agg(d.id), array_agg(DISTINCT d.post_id) INTO v_free, v_posts
    FROM deliveries d
    JOIN posts p ON p.id = d.post_id AND p.deleted_at IS NULL
    JOIN accounts a ON a.id = d.account_id
    JOIN workspaces w ON w.id = d.workspace_id
    LEFT JOIN campaigns c ON c.id = p.campaign_id
   WHERE d.workspace_id = p_workspace AND d.state = 'held'
     AND postclock_holds(w.paused_at, c.paused_at, a.paused_at, a.status) IS NULL;
  PERFORM 1 FROM posts WHERE id = ANY (v_posts) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries WHERE id = ANY (v_free) ORDER BY id FOR UPDATE;
  UPDATE deliveries
     SET state = 'scheduled', wake_at = greatest(coalesce(stage_at, due_at), p_now),
         fence = fence + 1, error_code = NULL, error_message = NULL, updated_at = p_now
   WHERE id = ANY (v_free) AND state = 'held';
  PERFORM postclock_derive_posts(v_posts, p_now);
  SELECT min(wake_at) INTO v_first FROM deliveries WHERE id = ANY (v_free);
  IF v_first < p_now + interval '20 minutes' THEN
    PERFORM pg_notify('postclock_wake', (extract(epoch FROM v_first) * 1000000)::bigint::text);
  END IF;
  RETURN coalesce(cardinality(v_free), 0);
END $$;

-- Take back from nodes what they only hold and what is paused now: nothing of it has left, and
-- nothing will. What is due later is held when its turn comes. Answers how many.
CREATE FUNCTION postclock_hold(p_workspace uuid, p_now timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_held uuid[];
  v_posts uuid[];
BEGIN
  SELECT array_agg(d.id), array_agg(DISTINCT d.post_id) INTO v_held, v_posts
    FROM deliveries d
    JOIN posts p ON p.id = d.post_id
    JOIN accounts a ON a.id = d.account_id
    JOIN workspaces w ON w.id = d.workspace_id
    LEFT JOIN campaigns c ON c.id = p.campaign_id
   WHERE d.wake_at <= p_now + interval '1 minute' AND d.state = 'claimed'
     AND d.workspace_id = p_workspace
     AND postclock_holds(w.paused_at, c.paused_at, a.paused_at, 'connected') IS NOT NULL;
  PERFORM 1 FROM posts WHERE id = ANY (v_posts) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries WHERE id = ANY (v_held) ORDER BY id FOR UPDATE;
  UPDATE deliveries
     SET state = 'held', wake_at = NULL, node = NULL, fence = fence + 1, error_code = 'paused',
         error_message = 'Paused: it goes on when the pause ends.', updated_at = p_now
   WHERE id = ANY (v_held) AND state = 'claimed';
  PERFORM postclock_derive_posts(v_posts, p_now);
  RETURN coalesce(cardinality(v_held), 0);
END $$;

-- What a person says of an unconfirmed delivery ---------------------------------------------------

-- It is there: the link a person found is the receipt. Answers whether it was unconfirmed.
CREATE FUNCTION postclock_confirm(p_delivery uuid, p_remote_id text, p_permalink text, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_post uuid;
  v_moved boolean;
BEGIN
  SELECT post_id INTO v_post FROM deliveries WHERE id = p_delivery;
  PERFORM 1 FROM posts WHERE id = v_post FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries WHERE id = p_delivery FOR UPDATE;
  UPDATE deliveries
     SET state = 'published', remote_id = p_remote_id, permalink = p_permalink, fence = fence + 1,
         error_code = NULL, error_message = NULL, updated_at = p_now
   WHERE id = p_delivery AND state = 'unconfirmed';
  v_moved := FOUND;
  PERFORM postclock_derive_posts(ARRAY[v_post], p_now);
  RETURN v_moved;
END $$;

-- It is not there: send this one again, at p_due. Answers whether it could be armed.
CREATE FUNCTION postclock_rearm(p_delivery uuid, p_due timestamptz, p_now timestamptz)
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
         fence = fence + 1, failures = 0, retries = 0, looks = 0, staged = '{}', stage_failures = 0,
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
