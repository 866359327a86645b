-- The indexes that housekeeping and /system read.

CREATE INDEX posts_on_wall_clocks ON posts (scheduled_at, id)
  WHERE local_time IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX posts_put_away ON posts (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX deliveries_that_need_a_person ON deliveries (workspace_id, state)
  WHERE state IN ('held', 'unconfirmed', 'missed');
