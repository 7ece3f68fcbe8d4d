-- The roles taskward_app and taskward_maintenance exist already: roles belong to the whole cluster, so `taskward
-- migrate` makes them before it applies what belongs to this database.

-- One row a user: the write counter that lists, changes and events stand on, how many live tasks there are, so that
-- the quota is judged without counting, and the highest counter value whose tombstone has been removed.
CREATE TABLE taskward.account (
    user_id       text COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(user_id) BETWEEN 1 AND 255),
    seq           bigint           NOT NULL CHECK (seq >= 0),
    task_count    integer          NOT NULL CHECK (task_count BETWEEN 0 AND 100000),
    forgotten_seq bigint           NOT NULL DEFAULT 0 CHECK (forgotten_seq >= 0)
);

-- One row a task. The key starts with the owner: a user's tasks lie together, newest id last, and the data can be
-- split by owner. Times are milliseconds since the Unix epoch. `words` is what the task is found by; it is made by
-- our code, not by a text search configuration, so that both backends find the same.
CREATE TABLE taskward.task (
    user_id      text COLLATE "C" NOT NULL REFERENCES taskward.account (user_id),
    id           uuid             NOT NULL,
    title        text             NOT NULL CHECK (length(title) BETWEEN 1 AND 255),
    description  text                      CHECK (length(description) <= 1000),
    completed_at bigint,
    created_at   bigint           NOT NULL,
    updated_at   bigint           NOT NULL CHECK (updated_at >= 0),
    deleted_at   bigint,
    version      bigint           NOT NULL CHECK (version >= 1),
    seq          bigint           NOT NULL CHECK (seq >= 1),
    words        tsvector         NOT NULL,
    PRIMARY KEY (user_id, id)
);

-- What is left of a task that was purged out of the trash, so that those who follow the changes still hear of its end.
CREATE TABLE taskward.tombstone (
    user_id    text COLLATE "C" NOT NULL REFERENCES taskward.account (user_id),
    id         uuid             NOT NULL,
    deleted_at bigint           NOT NULL,
    seq        bigint           NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
);

-- The changes since a moment, oldest first.
CREATE INDEX task_changes ON taskward.task (user_id, seq);
CREATE INDEX tombstone_changes ON taskward.tombstone (user_id, seq);

-- What the purge looks for.
CREATE INDEX task_trash ON taskward.task (deleted_at, user_id, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX tombstone_age ON taskward.tombstone (deleted_at, user_id, id);

-- No row without a policy that names it, for the tables' owner neither.
ALTER TABLE taskward.account   ENABLE ROW LEVEL SECURITY;
ALTER TABLE taskward.account   FORCE ROW LEVEL SECURITY;
ALTER TABLE taskward.task      ENABLE ROW LEVEL SECURITY;
ALTER TABLE taskward.task      FORCE ROW LEVEL SECURITY;
ALTER TABLE taskward.tombstone ENABLE ROW LEVEL SECURITY;
ALTER TABLE taskward.tombstone FORCE ROW LEVEL SECURITY;

-- Requests: the rows of the user whom the transaction was opened for. A setting that was never made is null, and one
-- that ended with its transaction is empty; neither equals any user_id.
CREATE POLICY own ON taskward.account TO taskward_app
    USING (user_id = current_setting('taskward.user_id', true))
    WITH CHECK (user_id = current_setting('taskward.user_id', true));
CREATE POLICY own ON taskward.task TO taskward_app
    USING (user_id = current_setting('taskward.user_id', true))
    WITH CHECK (user_id = current_setting('taskward.user_id', true));
CREATE POLICY own ON taskward.tombstone FOR SELECT TO taskward_app
    USING (user_id = current_setting('taskward.user_id', true));

-- Upkeep: what has been deleted for long enough by the clock of the transaction, and of accounts only what is forgotten.
-- A row without deleted_at is a live task; no value of the setting reaches it.
CREATE POLICY expired_seen ON taskward.task FOR SELECT TO taskward_maintenance
    USING (deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint);
CREATE POLICY expired_removed ON taskward.task FOR DELETE TO taskward_maintenance
    USING (deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint);
CREATE POLICY remembered ON taskward.tombstone FOR INSERT TO taskward_maintenance
    WITH CHECK (deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint);
CREATE POLICY expired_seen ON taskward.tombstone FOR SELECT TO taskward_maintenance
    USING (deleted_at <= nullif(current_setting('taskward.tombstones_until', true), '')::bigint);
CREATE POLICY expired_removed ON taskward.tombstone FOR DELETE TO taskward_maintenance
    USING (deleted_at <= nullif(current_setting('taskward.tombstones_until', true), '')::bigint);
CREATE POLICY forgotten_seen ON taskward.account FOR SELECT TO taskward_maintenance USING (true);
CREATE POLICY forgotten_raised ON taskward.account FOR UPDATE TO taskward_maintenance USING (true) WITH CHECK (true);

-- The least that each needs. Requests remove nothing and never move a row to another owner or id; upkeep reads no
-- title and no description.
GRANT USAGE ON SCHEMA taskward TO taskward_app, taskward_maintenance;
GRANT SELECT ON taskward.schema_history TO taskward_app;
GRANT SELECT, INSERT, UPDATE (seq, task_count) ON taskward.account TO taskward_app;
GRANT SELECT, INSERT,
      UPDATE (title, description, completed_at, updated_at, deleted_at, version, seq, words)
    ON taskward.task TO taskward_app;
GRANT SELECT ON taskward.tombstone TO taskward_app;
GRANT SELECT (user_id, forgotten_seq), UPDATE (forgotten_seq) ON taskward.account TO taskward_maintenance;
GRANT SELECT (user_id, id, deleted_at, seq), DELETE ON taskward.task TO taskward_maintenance;
GRANT SELECT, INSERT, DELETE ON taskward.tombstone TO taskward_maintenance;
