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

-- Each is written again while it is published: room for that beside it.
ALTER TABLE posts SET (fillfactor = 80);
ALTER TABLE attempts SET (fillfactor = 80);
-- An attempt goes with its delivery, and that with its workspace: to ask for the workspace at each
-- attempt only makes all of a workspace's attempts touch one row.
ALTER TABLE attempts DROP CONSTRAINT attempts_workspace_id_fkey;

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
  animated     boolean NOT NULL DEFAULT false,
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

-- Tell the servers which posts changed; p_pairs are workspace:post.
CREATE FUNCTION postclock_tell(p_pairs text[]) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_notify('postclock_changes', CASE WHEN cardinality(p_pairs) > 100 THEN '*'
                   ELSE array_to_string(p_pairs, ' ') END)
   WHERE cardinality(p_pairs) > 0
$$;

-- Before anything leaves -------------------------------------------------------------------------

-- Which of these claimed deliveries may not leave now: their account is blocked by its platform,
-- has used up a window, or sent a late one less than a gap ago. Asked under the accounts' locks.
-- p_windows is {platform: [[limit, seconds], …]}; use is counted by whole minutes, and a minute
-- counts until all of it has left the window.
CREATE FUNCTION postclock_turned_back(p_ids uuid[], p_fences integer[], p_now timestamptz,
                                      p_windows jsonb, p_late interval, p_gap interval)
RETURNS uuid[] LANGUAGE sql STABLE AS $$
  WITH leaving AS (
    SELECT d.id, d.account_id, d.platform, d.due_at < p_now - p_late AS late,
           row_number() OVER one AS turn,
           count(*) FILTER (WHERE d.due_at < p_now - p_late) OVER one AS late_turn
      FROM unnest(p_ids, p_fences) AS x (id, fence)
      JOIN deliveries d ON d.id = x.id AND d.fence = x.fence AND d.state = 'claimed'
    WINDOW one AS (PARTITION BY d.account_id ORDER BY d.due_at, d.id)
  ), room AS (
    SELECT a.account_id, min((w ->> 0)::integer - coalesce(used.n, 0)) AS n
      FROM (SELECT DISTINCT account_id, platform FROM leaving) a
     CROSS JOIN jsonb_array_elements(p_windows -> a.platform) AS w
      LEFT JOIN LATERAL (
        SELECT sum(u.used) AS n FROM quota_usage u WHERE u.account_id = a.account_id
           AND u.slot_at > p_now - make_interval(secs => (w ->> 1)::integer + 60)
      ) used ON true
     GROUP BY a.account_id
  )
  SELECT coalesce(array_agg(l.id), '{}') FROM leaving l
    JOIN accounts a ON a.id = l.account_id
    LEFT JOIN room r ON r.account_id = l.account_id
   WHERE a.blocked_until > p_now OR l.turn > r.n
      OR (l.late AND p_gap > '0' AND (l.late_turn > 1 OR a.late_sent_at > p_now - p_gap))
$$;

-- Commit that these (id, fence, post_id, staged) are about to be sent: claimed → sending under their
-- fences, an attempt each.
-- Answers those that go; the others are no longer this node's, or their account must wait (shut).
CREATE FUNCTION postclock_intend(p_going jsonb, p_now timestamptz, p_lease interval,
                                 p_windows jsonb, p_late interval, p_gap interval)
RETURNS TABLE (delivery_id uuid, fence integer, shut boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_posts uuid[];
  v_ids uuid[];
  v_fences integer[];
  v_limited uuid[];
  v_back uuid[] := '{}';
BEGIN
  SELECT array_agg(x.id), array_agg(x.fence), array_agg(DISTINCT x.post_id)
    INTO v_ids, v_fences, v_posts
    FROM jsonb_to_recordset(p_going) AS x (id uuid, fence integer, post_id uuid);
  PERFORM 1 FROM posts WHERE id = ANY (v_posts) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries WHERE id = ANY (v_ids) ORDER BY id FOR UPDATE;
  SELECT array_agg(DISTINCT d.account_id) INTO v_limited
    FROM deliveries d JOIN accounts a ON a.id = d.account_id
   WHERE d.id = ANY (v_ids)
     AND (p_windows ? d.platform OR a.blocked_until > p_now OR d.due_at < p_now - p_late);
  IF v_limited IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('postclock-quota:' || one, 0))
       FROM (SELECT unnest(v_limited) AS one ORDER BY 1) AS each_in_order;
    v_back := postclock_turned_back(v_ids, v_fences, p_now, p_windows, p_late, p_gap);
  END IF;
  RETURN QUERY
  WITH going AS (
    UPDATE deliveries d
       SET state = 'sending', staged = x.staged, intended_at = p_now,
           settled_at = p_now + p_lease, wake_at = p_now + p_lease, updated_at = p_now
      FROM jsonb_to_recordset(p_going) AS x (id uuid, fence integer, staged jsonb)
     WHERE d.id = x.id AND d.fence = x.fence AND d.state = 'claimed' AND d.id <> ALL (v_back)
    RETURNING d.id, d.fence, d.post_id, d.workspace_id, d.node, d.account_id, d.platform, d.due_at
  ), tried AS (
    INSERT INTO attempts (delivery_id, number, workspace_id, node, intended_at)
    SELECT g.id, g.fence, g.workspace_id, g.node, p_now FROM going g
  ), said AS (
    -- While one of its deliveries is sending a post is publishing, whatever the others are.
    UPDATE posts p SET status = 'publishing', updated_at = p_now
      FROM (SELECT DISTINCT post_id FROM going) g WHERE p.id = g.post_id
    RETURNING p.workspace_id || ':' || p.id AS pair
  ), told AS (
    SELECT postclock_tell(array_agg(pair)) FROM said
  ), counted AS (
    INSERT INTO quota_usage AS u (account_id, slot_at, used)
    SELECT g.account_id, date_trunc('minute', p_now), count(*) FROM going g
     WHERE p_windows ? g.platform GROUP BY g.account_id ORDER BY g.account_id
    ON CONFLICT (account_id, slot_at) DO UPDATE SET used = u.used + excluded.used
  ), late AS (
    UPDATE accounts a SET late_sent_at = p_now
      FROM going g WHERE a.id = g.account_id AND g.due_at < p_now - p_late
  )
  SELECT g.id, g.fence, false FROM going g, told
  UNION ALL
  SELECT x.id, x.fence, true FROM unnest(v_ids, v_fences) AS x (id, fence) WHERE x.id = ANY (v_back);
END $$;

-- Give back what may not leave, and with it everything else of these accounts that is due: the k-th
-- to the account's k-th free moment, so that it is not claimed in vain until then. Answers the
-- earliest of those moments. What it was asked for it waits for, each by id: a claim or another
-- parking locks a row for an instant before it sees that the row has moved on, and passing over it
-- would leave it claimed until its lease runs out. For what else is due it never waits.
CREATE FUNCTION postclock_park(p_ids uuid[], p_fences integer[], p_now timestamptz, p_ahead interval,
                               p_windows jsonb, p_late interval, p_gap interval)
RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT 1 FROM deliveries WHERE id = ANY (p_ids) ORDER BY id FOR UPDATE;
  WITH mine AS MATERIALIZED (
    SELECT d.id, d.account_id, d.platform, d.due_at
      FROM unnest(p_ids, p_fences) AS x (id, fence)
      JOIN deliveries d ON d.id = x.id AND d.fence = x.fence AND d.state = 'claimed'
  ), others AS MATERIALIZED (
    SELECT d.id, d.account_id, d.platform, d.due_at FROM deliveries d
     WHERE d.wake_at <= p_now + p_ahead AND d.state IN ('scheduled', 'staged')
       AND (d.state = 'staged' OR d.stage_at IS NULL)
       AND d.account_id IN (SELECT account_id FROM mine)
       FOR UPDATE SKIP LOCKED
  ), waiting AS (
    SELECT w.*, w.due_at < p_now - p_late AS late, row_number() OVER one - 1 AS ahead,
           count(*) FILTER (WHERE w.due_at < p_now - p_late) OVER one - 1 AS late_ahead
      FROM (SELECT * FROM mine UNION ALL SELECT * FROM others) w
    WINDOW one AS (PARTITION BY w.account_id ORDER BY w.due_at, w.id)
  ), windows AS (
    SELECT a.account_id, (w ->> 0)::integer AS most,
           make_interval(secs => (w ->> 1)::integer + 60) AS span
      FROM (SELECT DISTINCT account_id, platform FROM mine) a
     CROSS JOIN jsonb_array_elements(p_windows -> a.platform) AS w
  ), used AS (
    SELECT w.account_id, w.most, w.span, u.slot_at + w.span AS free_at,
           row_number() OVER (PARTITION BY w.account_id, w.span ORDER BY u.slot_at) AS nth,
           count(*) OVER (PARTITION BY w.account_id, w.span) AS n
      FROM windows w
      JOIN quota_usage u ON u.account_id = w.account_id AND u.slot_at > p_now - w.span
     CROSS JOIN LATERAL generate_series(1, u.used)
  ), room AS (
    SELECT w.account_id, w.span, w.most, greatest(w.most - coalesce(max(u.n), 0), 0) AS n
      FROM windows w LEFT JOIN used u USING (account_id, span)
     GROUP BY w.account_id, w.span, w.most
  ), turn AS (
    SELECT w.id, max(coalesce(u.free_at, p_now) + r.span * (w.ahead / r.most)) AS free_at
      FROM waiting w
      JOIN room r ON r.account_id = w.account_id
      LEFT JOIN used u ON u.account_id = r.account_id AND u.span = r.span
                      AND u.nth = w.ahead % r.most - r.n + 1
     GROUP BY w.id
  ), parked AS (
    UPDATE deliveries d
       SET state = CASE WHEN d.stage_at IS NULL THEN 'scheduled' ELSE 'staged' END, node = NULL,
           wake_at = greatest(p_now, t.free_at, a.blocked_until,
             CASE WHEN w.late THEN
               greatest(a.late_sent_at + p_gap, p_now) + p_gap * w.late_ahead END),
           error_code = CASE WHEN t.free_at > p_now OR a.blocked_until > p_now THEN 'quota_wait' END,
           error_message = CASE WHEN t.free_at > p_now OR a.blocked_until > p_now THEN
             'The account may publish no more for now: this leaves as soon as it may.' END,
           updated_at = p_now
      FROM waiting w
      JOIN accounts a ON a.id = w.account_id
      LEFT JOIN turn t ON t.id = w.id
     WHERE d.id = w.id
    RETURNING d.wake_at
  )
  SELECT min(wake_at) FROM parked
$$;

-- After it happened ------------------------------------------------------------------------------

-- Write down what happened, a JSON object an ending. Locks posts, then deliveries, each by id; the
-- posts are derived in a statement of their own, which sees what others committed meanwhile.
-- Answers what moved (twice: the platform holds it twice), and what became of the posts, with
-- what there is to say about each of their deliveries.
CREATE FUNCTION postclock_record(p_endings jsonb, p_now timestamptz)
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
         error_code = CASE WHEN coalesce(proof.remote_id, x.remote_id) IS NULL AND x.state <> 'staged'
                      THEN coalesce(x.error_code, d.error_code) END,
         error_message = CASE WHEN coalesce(proof.remote_id, x.remote_id) IS NULL AND x.state <> 'staged'
                         THEN coalesce(x.error_message, d.error_message) END,
         node = NULL, updated_at = p_now
    FROM jsonb_to_recordset(p_endings) AS x (id uuid, fence integer, was text, state text,
         wake_at timestamptz, failed boolean, looks integer, stage_failures integer, staged jsonb,
         restage boolean, resend boolean, attempt text, answered boolean, ended_at timestamptz,
         sent_at timestamptz, late_ms double precision, remote_id text, permalink text,
         accepted_at timestamptz, error_code text, error_message text)
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
             'error_code', d.error_code, 'error_message', d.error_message, 'wake_at', d.wake_at,
             'due_at', d.due_at, 'stage_failures', d.stage_failures, 'handle', a.handle,
             'topic', p.topic, 'text', left(p.content #>> ARRAY[d.platform, 'text'], 200))
           ORDER BY d.platform, d.id)
      FROM deliveries d JOIN accounts a ON a.id = d.account_id JOIN posts p ON p.id = d.post_id
     WHERE d.post_id = t.post_id AND d.state <> 'canceled')
    FROM derived t, told;
END $$;

-- Recognises the database by its system and its timeline. If it is another than when nodes last saw
-- it (a copy was restored, a standby took over), what was due since may have left without it knowing:
-- the platforms are asked before anything is sent. One row for each workspace with such deliveries.
CREATE FUNCTION postclock_recognize(p_system text, p_timeline text, p_now timestamptz)
RETURNS TABLE (workspace_id uuid, doubted bigint, since timestamptz) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_seen  system_state;
  v_now   jsonb := jsonb_build_object('system', p_system, 'timeline', p_timeline);
  v_since timestamptz;
  v_posts uuid[];
BEGIN
  INSERT INTO system_state (key, value, updated_at) VALUES ('lineage', v_now, p_now)
      ON CONFLICT DO NOTHING;
  SELECT * INTO v_seen FROM system_state WHERE key = 'lineage' FOR UPDATE;
  IF v_seen.value = v_now THEN
    RETURN;
  END IF;
  UPDATE system_state SET value = v_now, updated_at = p_now WHERE key = 'lineage';
  v_since := v_seen.updated_at - interval '10 minutes';
  SELECT array_agg(DISTINCT d.post_id ORDER BY d.post_id) INTO v_posts FROM deliveries d
   WHERE d.state IN ('scheduled', 'staging', 'staged', 'claimed')
     AND d.due_at > v_since AND d.due_at <= p_now;
  PERFORM 1 FROM posts WHERE id = ANY (v_posts) ORDER BY id FOR NO KEY UPDATE;
  PERFORM 1 FROM deliveries WHERE post_id = ANY (v_posts) ORDER BY id FOR UPDATE;
  RETURN QUERY
  WITH doubted AS (
    UPDATE deliveries d
       SET state = 'unknown', fence = d.fence + 1, node = NULL, looks = 0, wake_at = p_now,
           doubted_at = coalesce(d.doubted_at, d.due_at), settled_at = p_now, updated_at = p_now,
           error_code = 'database_changed',
           error_message = 'The database was restored or another took over; this may have been sent.'
     WHERE d.post_id = ANY (v_posts) AND d.state IN ('scheduled', 'staging', 'staged', 'claimed')
       AND d.due_at > v_since AND d.due_at <= p_now
    RETURNING d.id, d.fence, d.workspace_id
  ), lost AS (
    -- What another database knew of is an attempt whose end nobody knows.
    INSERT INTO attempts (delivery_id, number, workspace_id, node, intended_at, ended_at, outcome, answer)
    SELECT t.id, t.fence, t.workspace_id, 'another database', p_now, p_now, 'unknown',
           'the database was restored or another took over' FROM doubted t
  )
  SELECT t.workspace_id, count(*), v_since FROM doubted t GROUP BY t.workspace_id;
  PERFORM postclock_tell((SELECT array_agg(t.workspace_id || ':' || t.post_id)
                            FROM postclock_derive_posts(v_posts, p_now) t));
END $$;
