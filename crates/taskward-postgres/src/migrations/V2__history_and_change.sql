-- The owner of the tables is bound by their row-level security, and no policy names it. So that every row is seen, the
-- security is not forced while the rows are copied. With row_security off a statement that would still be filtered fails.
ALTER TABLE taskward.account   NO FORCE ROW LEVEL SECURITY;
ALTER TABLE taskward.task      NO FORCE ROW LEVEL SECURITY;
ALTER TABLE taskward.tombstone NO FORCE ROW LEVEL SECURITY;
SET LOCAL row_security = off;

DO $$ BEGIN
    IF EXISTS (SELECT FROM taskward.account WHERE seq >= 68719476736) THEN
        RAISE EXCEPTION 'taskward.account has a seq of 2^36 or more, which no version of taskward wrote to PostgreSQL; correct the row first';
    END IF;
END $$;

-- The epoch of the history, and what identifies the database it belongs to. `taskward migrate` fills in the identity.
CREATE TABLE taskward.history (
    one      integer NOT NULL PRIMARY KEY CHECK (one = 1),
    epoch    integer NOT NULL CHECK (epoch BETWEEN 0 AND 131071),
    identity text    NOT NULL
);
INSERT INTO taskward.history (one, epoch, identity) VALUES (1, 0, '');

-- One row for each record, live, in the trash or purged: at which seq it was last written, and when it was deleted.
-- No foreign key and no checks: the statement that writes a row also writes the account and the record, which have them.
CREATE TABLE taskward.change (
    user_id    text COLLATE "C" NOT NULL,
    kind       smallint         NOT NULL,
    id         uuid             NOT NULL,
    seq        bigint           NOT NULL,
    deleted_at bigint
);
INSERT INTO taskward.change (user_id, kind, id, seq, deleted_at)
SELECT user_id, 1, id, seq, deleted_at FROM taskward.task
UNION ALL
SELECT user_id, 1, id, seq, deleted_at FROM taskward.tombstone;

ALTER TABLE taskward.change ADD PRIMARY KEY (user_id, seq);
-- Change rows of deleted records, by id and by age. A live record has its own table's key.
CREATE UNIQUE INDEX change_deleted ON taskward.change (user_id, kind, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX change_age ON taskward.change (deleted_at, user_id) WHERE deleted_at IS NOT NULL;

ALTER TABLE taskward.account
    ADD COLUMN trash_count integer NOT NULL DEFAULT 0,
    ADD COLUMN gone_count  integer NOT NULL DEFAULT 0;
UPDATE taskward.account SET trash_count = counted.rows
  FROM (SELECT user_id, count(*) AS rows FROM taskward.task WHERE deleted_at IS NOT NULL GROUP BY user_id) AS counted
 WHERE counted.user_id = account.user_id;
UPDATE taskward.account SET gone_count = counted.rows
  FROM (SELECT user_id, count(*) AS rows FROM taskward.change WHERE deleted_at IS NOT NULL GROUP BY user_id) AS counted
 WHERE counted.user_id = account.user_id;

DO $$ DECLARE
    copied bigint := (SELECT count(*) FROM taskward.change);
    stored bigint := (SELECT count(*) FROM taskward.task) + (SELECT count(*) FROM taskward.tombstone);
BEGIN
    IF copied <> stored THEN
        RAISE EXCEPTION 'taskward.change has % rows for % tasks and tombstones', copied, stored;
    END IF;
END $$;

DROP TABLE taskward.tombstone;
DROP INDEX taskward.task_changes;

-- One index for each access path, so that a page costs the same whatever else the user has.
ALTER INDEX taskward.task_trash RENAME TO task_in_trash;
CREATE INDEX task_live  ON taskward.task (user_id, id) WHERE deleted_at IS NULL;
CREATE INDEX task_open  ON taskward.task (user_id, id) WHERE deleted_at IS NULL AND completed_at IS NULL;
CREATE INDEX task_done  ON taskward.task (user_id, id) WHERE deleted_at IS NULL AND completed_at IS NOT NULL;
CREATE INDEX task_trash ON taskward.task (user_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
-- The users over a limit, so that upkeep finds them without reading the others.
CREATE INDEX account_full_trash ON taskward.account (user_id) WHERE trash_count > 10000;
CREATE INDEX account_many_gone  ON taskward.account (user_id) WHERE gone_count > 200000;

ALTER TABLE taskward.account FORCE ROW LEVEL SECURITY;
ALTER TABLE taskward.task    FORCE ROW LEVEL SECURITY;
ALTER TABLE taskward.change  ENABLE ROW LEVEL SECURITY;
ALTER TABLE taskward.change  FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON taskward.change TO taskward_app
    USING (user_id = current_setting('taskward.user_id', true))
    WITH CHECK (user_id = current_setting('taskward.user_id', true));
CREATE POLICY expired_seen ON taskward.change FOR SELECT TO taskward_maintenance
    USING (deleted_at <= nullif(current_setting('taskward.tombstones_until', true), '')::bigint);
CREATE POLICY expired_removed ON taskward.change FOR DELETE TO taskward_maintenance
    USING (deleted_at <= nullif(current_setting('taskward.tombstones_until', true), '')::bigint);

-- The columns of records that requests may write are granted by `taskward migrate`, which makes the list from the
-- description that the statements are made from.
GRANT SELECT ON taskward.history TO taskward_app, taskward_maintenance;
GRANT UPDATE (epoch, identity) ON taskward.history TO taskward_maintenance;
GRANT UPDATE (trash_count, gone_count) ON taskward.account TO taskward_app;
GRANT SELECT, INSERT, UPDATE (seq, deleted_at) ON taskward.change TO taskward_app;
GRANT SELECT (trash_count, gone_count), UPDATE (trash_count, gone_count) ON taskward.account TO taskward_maintenance;
GRANT SELECT, DELETE ON taskward.change TO taskward_maintenance;
REVOKE SELECT (seq) ON taskward.task FROM taskward_maintenance;
