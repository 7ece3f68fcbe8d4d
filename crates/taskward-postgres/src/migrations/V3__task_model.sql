-- The words of a search were made anew before this, in the same transaction.
--
-- The owner of the tables is bound by their row-level security, and no policy names it. So that every row is seen, the
-- security is not forced while the rows are changed. With row_security off a statement that would still be filtered fails.
ALTER TABLE taskward.account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE taskward.task    NO FORCE ROW LEVEL SECURITY;
ALTER TABLE taskward.change  NO FORCE ROW LEVEL SECURITY;
SET LOCAL row_security = off;

SELECT set_config('taskward.tasks_before', (SELECT count(*) FROM taskward.task)::text, true),
       set_config('taskward.accounts_before', (SELECT count(*) FROM taskward.account)::text, true);

-- Open tasks whose moments depend on the user's zone, and the batches that are known by their ids. The limits are those of
-- the domain, which judges them before the row is written.
ALTER TABLE taskward.account
    ADD COLUMN list_count     integer NOT NULL DEFAULT 0 CHECK (list_count BETWEEN 0 AND 500),
    ADD COLUMN label_count    integer NOT NULL DEFAULT 0 CHECK (label_count BETWEEN 0 AND 500),
    ADD COLUMN filter_count   integer NOT NULL DEFAULT 0 CHECK (filter_count BETWEEN 0 AND 200),
    ADD COLUMN settings_count integer NOT NULL DEFAULT 0 CHECK (settings_count BETWEEN 0 AND 1),
    ADD COLUMN zoned_count    integer NOT NULL DEFAULT 0 CHECK (zoned_count BETWEEN 0 AND 5000),
    ADD COLUMN batch_count    integer NOT NULL DEFAULT 0 CHECK (batch_count >= 0);
CREATE INDEX account_many_batches ON taskward.account (user_id) WHERE batch_count > 20000;

-- Days are counted from 1970-01-01, minutes from midnight. "No list" and "no parent" are the nil UUID, so that equality uses
-- an index. `agenda_day`, `agenda_min`, `shown` and `fire_at` follow from the rest of the row, the user's settings and the
-- list.
ALTER TABLE taskward.task
    ADD COLUMN list_id        uuid     NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    ADD COLUMN parent_id      uuid     NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    ADD COLUMN rank           text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN priority       smallint NOT NULL DEFAULT 4,
    ADD COLUMN label_ids      text,
    ADD COLUMN due_day        integer,
    ADD COLUMN due_min        smallint,
    ADD COLUMN due_zone       text,
    ADD COLUMN start_day      integer,
    ADD COLUMN deadline_day   integer,
    ADD COLUMN duration_min   smallint,
    ADD COLUMN series_id      uuid,
    ADD COLUMN series_index   integer,
    ADD COLUMN rule           text,
    ADD COLUMN anchor         smallint,
    ADD COLUMN rec_day        integer,
    ADD COLUMN rec_min        smallint,
    ADD COLUMN rec_zone       text,
    ADD COLUMN occurrence_day integer,
    ADD COLUMN reminders      text,
    ADD COLUMN deleted_with   uuid,
    ADD COLUMN agenda_day     integer,
    ADD COLUMN agenda_min     smallint,
    ADD COLUMN shown          smallint NOT NULL DEFAULT 1,
    ADD COLUMN fire_at        text;

-- Writes the table anew, so it has no dead rows afterwards. A rank does not end in 0.
ALTER TABLE taskward.task ALTER COLUMN rank TYPE text COLLATE "C"
    USING 'V' || substr(replace(id::text, '-', ''), 1, 12)
        || CASE WHEN substr(replace(id::text, '-', ''), 12, 1) = '0' THEN 'V' ELSE '' END;

ALTER TABLE taskward.task
    ALTER COLUMN rank SET DEFAULT 'V',
    DROP CONSTRAINT task_description_check,
    ADD CONSTRAINT task_description_check CHECK (length(description) <= 10000),
    ADD CHECK (octet_length(rank) BETWEEN 1 AND 200),
    ADD CHECK (priority BETWEEN 1 AND 4),
    ADD CHECK (due_day BETWEEN -719162 AND 2932896),
    ADD CHECK (due_min BETWEEN 0 AND 1439),
    ADD CHECK (octet_length(due_zone) BETWEEN 1 AND 64),
    ADD CHECK (due_min IS NULL OR due_day IS NOT NULL),
    ADD CHECK (due_zone IS NULL OR due_min IS NOT NULL),
    ADD CHECK (start_day BETWEEN -719162 AND 2932896),
    ADD CHECK (deadline_day BETWEEN -719162 AND 2932896),
    ADD CHECK (duration_min BETWEEN 1 AND 10080),
    ADD CHECK (series_index BETWEEN 1 AND 1000000),
    ADD CHECK (octet_length(rule) BETWEEN 1 AND 500),
    ADD CHECK (anchor IN (0, 1)),
    ADD CHECK (rec_day BETWEEN -719162 AND 2932896),
    ADD CHECK (rec_min BETWEEN 0 AND 1439),
    ADD CHECK (octet_length(rec_zone) BETWEEN 1 AND 64),
    ADD CHECK (rec_min IS NULL OR rec_day IS NOT NULL),
    ADD CHECK (rec_zone IS NULL OR rec_min IS NOT NULL),
    ADD CHECK (occurrence_day BETWEEN -719162 AND 2932896),
    ADD CHECK (num_nulls(rule, series_id, series_index, anchor, rec_day, occurrence_day) IN (0, 6)),
    ADD CHECK (rule IS NULL OR due_day IS NOT NULL),
    ADD CHECK (rule IS NULL OR parent_id = '00000000-0000-0000-0000-000000000000'),
    ADD CHECK (deleted_with IS NULL OR deleted_at IS NOT NULL),
    ADD CHECK (agenda_min BETWEEN 0 AND 1440),
    ADD CHECK ((agenda_day IS NULL) = (agenda_min IS NULL)),
    ADD CHECK (shown IN (0, 1));

-- Times and texts are as in the table of tasks. Lists, labels, filters and settings are records; the settings of a user are
-- one row under the nil UUID.
CREATE TABLE taskward.list (
    user_id     text COLLATE "C" NOT NULL REFERENCES taskward.account (user_id),
    id          uuid             NOT NULL,
    name        text             NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    color       text                      CHECK (length(color) BETWEEN 1 AND 16),
    icon        text                      CHECK (length(icon) BETWEEN 1 AND 16),
    rank        text COLLATE "C" NOT NULL CHECK (octet_length(rank) BETWEEN 1 AND 200),
    archived_at bigint,
    created_at  bigint           NOT NULL,
    updated_at  bigint           NOT NULL CHECK (updated_at >= 0),
    deleted_at  bigint,
    version     bigint           NOT NULL CHECK (version >= 1),
    seq         bigint           NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
);
CREATE INDEX list_order    ON taskward.list (user_id, rank, id) WHERE deleted_at IS NULL;
CREATE INDEX list_in_trash ON taskward.list (deleted_at, user_id, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE taskward.label (
    user_id    text COLLATE "C" NOT NULL REFERENCES taskward.account (user_id),
    id         uuid             NOT NULL,
    name       text             NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    name_key   text COLLATE "C" NOT NULL,
    color      text                      CHECK (length(color) BETWEEN 1 AND 16),
    created_at bigint           NOT NULL,
    updated_at bigint           NOT NULL CHECK (updated_at >= 0),
    deleted_at bigint,
    version    bigint           NOT NULL CHECK (version >= 1),
    seq        bigint           NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
);
CREATE UNIQUE INDEX label_name ON taskward.label (user_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX label_in_trash    ON taskward.label (deleted_at, user_id, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE taskward.filter (
    user_id    text COLLATE "C" NOT NULL REFERENCES taskward.account (user_id),
    id         uuid             NOT NULL,
    name       text             NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    query      text             NOT NULL CHECK (length(query) BETWEEN 1 AND 4096),
    color      text                      CHECK (length(color) BETWEEN 1 AND 16),
    rank       text COLLATE "C" NOT NULL CHECK (octet_length(rank) BETWEEN 1 AND 200),
    created_at bigint           NOT NULL,
    updated_at bigint           NOT NULL CHECK (updated_at >= 0),
    deleted_at bigint,
    version    bigint           NOT NULL CHECK (version >= 1),
    seq        bigint           NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
);
CREATE INDEX filter_order    ON taskward.filter (user_id, rank, id) WHERE deleted_at IS NULL;
CREATE INDEX filter_in_trash ON taskward.filter (deleted_at, user_id, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE taskward.settings (
    user_id              text COLLATE "C" NOT NULL REFERENCES taskward.account (user_id),
    id                   uuid             NOT NULL CHECK (id = '00000000-0000-0000-0000-000000000000'),
    time_zone            text                      CHECK (octet_length(time_zone) BETWEEN 1 AND 64),
    week_start           smallint         NOT NULL CHECK (week_start BETWEEN 1 AND 7),
    day_start_min        smallint         NOT NULL CHECK (day_start_min BETWEEN 0 AND 360),
    default_list         uuid,
    all_day_reminder_min smallint         NOT NULL CHECK (all_day_reminder_min BETWEEN 0 AND 1439),
    created_at           bigint           NOT NULL,
    updated_at           bigint           NOT NULL CHECK (updated_at >= 0),
    deleted_at           bigint                    CHECK (deleted_at IS NULL),
    version              bigint           NOT NULL CHECK (version >= 1),
    seq                  bigint           NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
);

-- Which tasks have a label, and which reminders are to come. Both follow from the rows of the tasks.
CREATE TABLE taskward.task_label (
    user_id  text COLLATE "C" NOT NULL,
    task_id  uuid             NOT NULL,
    label_id uuid             NOT NULL,
    open     smallint         NOT NULL CHECK (open IN (0, 1)),
    PRIMARY KEY (user_id, task_id, label_id)
);
CREATE INDEX task_label_open ON taskward.task_label (user_id, label_id, open, task_id);

CREATE TABLE taskward.reminder (
    user_id text COLLATE "C" NOT NULL,
    task_id uuid             NOT NULL,
    n       smallint         NOT NULL CHECK (n BETWEEN 0 AND 9),
    fire_at bigint           NOT NULL,
    PRIMARY KEY (user_id, task_id, n)
);
CREATE INDEX reminder_due ON taskward.reminder (fire_at, user_id, task_id, n);

-- Batches that were carried out, so that one that is sent again is not carried out again.
CREATE TABLE taskward.batch (
    user_id text COLLATE "C" NOT NULL REFERENCES taskward.account (user_id),
    id      uuid             NOT NULL,
    digest  bigint           NOT NULL,
    seq     bigint           NOT NULL,
    at      bigint           NOT NULL,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX batch_age    ON taskward.batch (at, user_id, id);
CREATE INDEX batch_oldest ON taskward.batch (user_id, at, id);

-- One index for each access path.
ALTER INDEX taskward.task_done  RENAME TO task_done_newest;
ALTER INDEX taskward.task_trash RENAME TO task_deleted;
CREATE INDEX task_order        ON taskward.task (user_id, list_id, parent_id, rank, id)
    WHERE deleted_at IS NULL AND completed_at IS NULL;
CREATE INDEX task_agenda       ON taskward.task (user_id, agenda_day, agenda_min, priority, id)
    WHERE deleted_at IS NULL AND completed_at IS NULL AND shown = 1 AND agenda_day IS NOT NULL;
CREATE INDEX task_completed    ON taskward.task (user_id, completed_at, id)
    WHERE deleted_at IS NULL AND completed_at IS NOT NULL;
CREATE INDEX task_trash        ON taskward.task (user_id, deleted_at, id)
    WHERE deleted_at IS NOT NULL AND deleted_with IS NULL;
CREATE INDEX task_children     ON taskward.task (user_id, parent_id, id)
    WHERE parent_id <> '00000000-0000-0000-0000-000000000000';
CREATE INDEX task_listed       ON taskward.task (user_id, list_id, id)
    WHERE deleted_at IS NULL AND list_id <> '00000000-0000-0000-0000-000000000000';
CREATE INDEX task_zoned        ON taskward.task (user_id, id)
    WHERE deleted_at IS NULL AND completed_at IS NULL AND (due_zone IS NOT NULL OR reminders IS NOT NULL);
CREATE INDEX task_deleted_with ON taskward.task (user_id, deleted_with, id) WHERE deleted_with IS NOT NULL;
CREATE INDEX task_series       ON taskward.task (user_id, series_id, series_index) WHERE series_id IS NOT NULL;
CREATE UNIQUE INDEX task_series_open ON taskward.task (user_id, series_id)
    WHERE deleted_at IS NULL AND completed_at IS NULL AND series_id IS NOT NULL;

DO $$ DECLARE
    tasks_before    bigint := current_setting('taskward.tasks_before');
    accounts_before bigint := current_setting('taskward.accounts_before');
    tasks    bigint := (SELECT count(*) FROM taskward.task);
    accounts bigint := (SELECT count(*) FROM taskward.account);
    changes  bigint := (SELECT count(*) FROM taskward.task JOIN taskward.change USING (user_id, seq)
                        WHERE change.kind = 1 AND change.id = task.id);
BEGIN
    IF tasks <> tasks_before OR accounts <> accounts_before THEN
        RAISE EXCEPTION 'there are % tasks and % accounts, and there were % and %',
            tasks, accounts, tasks_before, accounts_before;
    END IF;
    IF changes <> tasks THEN
        RAISE EXCEPTION 'taskward.change has rows for % of % tasks', changes, tasks;
    END IF;
END $$;

DO $$ DECLARE owned text; BEGIN
    FOREACH owned IN ARRAY ARRAY['account', 'task', 'change', 'list', 'label', 'filter', 'settings', 'task_label', 'reminder', 'batch'] LOOP
        EXECUTE format('ALTER TABLE taskward.%I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE taskward.%I FORCE ROW LEVEL SECURITY', owned);
    END LOOP;
    FOREACH owned IN ARRAY ARRAY['list', 'label', 'filter', 'settings', 'task_label', 'reminder', 'batch'] LOOP
        EXECUTE format('CREATE POLICY own ON taskward.%I TO taskward_app
            USING (user_id = current_setting(''taskward.user_id'', true))
            WITH CHECK (user_id = current_setting(''taskward.user_id'', true))', owned);
    END LOOP;
    FOREACH owned IN ARRAY ARRAY['list', 'label', 'filter'] LOOP
        EXECUTE format('CREATE POLICY expired_seen ON taskward.%I FOR SELECT TO taskward_maintenance
            USING (deleted_at <= nullif(current_setting(''taskward.trash_until'', true), '''')::bigint)', owned);
        EXECUTE format('CREATE POLICY expired_removed ON taskward.%I FOR DELETE TO taskward_maintenance
            USING (deleted_at <= nullif(current_setting(''taskward.trash_until'', true), '''')::bigint)', owned);
        EXECUTE format('GRANT SELECT (user_id, id, deleted_at), DELETE ON taskward.%I TO taskward_maintenance', owned);
    END LOOP;
END $$;

-- Upkeep removes the id of an expired label from the user's tasks. It sees ids of tasks of such users, writes only rows that
-- have such an id, and leaves none in them. Of labels it sees the expired ones only.
CREATE POLICY labelled_seen ON taskward.task FOR SELECT TO taskward_maintenance
    USING (EXISTS (SELECT FROM taskward.label WHERE label.user_id = task.user_id
        AND label.deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint));
CREATE POLICY label_removed ON taskward.task FOR UPDATE TO taskward_maintenance
    USING (EXISTS (SELECT FROM taskward.label WHERE label.user_id = task.user_id
        AND label.deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint
        AND strpos(task.label_ids, label.id::text) > 0))
    WITH CHECK (NOT EXISTS (SELECT FROM taskward.label WHERE label.user_id = task.user_id
        AND label.deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint
        AND strpos(task.label_ids, label.id::text) > 0));

-- The rows of an expired task, and those of an expired label.
CREATE POLICY expired_seen ON taskward.task_label FOR SELECT TO taskward_maintenance
    USING (EXISTS (SELECT FROM taskward.task WHERE task.user_id = task_label.user_id AND task.id = task_label.task_id
            AND task.deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint)
        OR EXISTS (SELECT FROM taskward.label WHERE label.user_id = task_label.user_id AND label.id = task_label.label_id
            AND label.deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint));
CREATE POLICY expired_removed ON taskward.task_label FOR DELETE TO taskward_maintenance
    USING (EXISTS (SELECT FROM taskward.task WHERE task.user_id = task_label.user_id AND task.id = task_label.task_id
            AND task.deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint)
        OR EXISTS (SELECT FROM taskward.label WHERE label.user_id = task_label.user_id AND label.id = task_label.label_id
            AND label.deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint));
CREATE POLICY expired_seen ON taskward.reminder FOR SELECT TO taskward_maintenance
    USING (EXISTS (SELECT FROM taskward.task WHERE task.user_id = reminder.user_id AND task.id = reminder.task_id
        AND task.deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint));
CREATE POLICY expired_removed ON taskward.reminder FOR DELETE TO taskward_maintenance
    USING (EXISTS (SELECT FROM taskward.task WHERE task.user_id = reminder.user_id AND task.id = reminder.task_id
        AND task.deleted_at <= nullif(current_setting('taskward.trash_until', true), '')::bigint));

CREATE POLICY old_seen ON taskward.batch FOR SELECT TO taskward_maintenance
    USING (at <= nullif(current_setting('taskward.batches_until', true), '')::bigint);
CREATE POLICY old_removed ON taskward.batch FOR DELETE TO taskward_maintenance
    USING (at <= nullif(current_setting('taskward.batches_until', true), '')::bigint);

-- The columns of records that requests may write are granted by `taskward migrate`.
GRANT UPDATE (list_count, label_count, filter_count, settings_count, zoned_count, batch_count)
    ON taskward.account TO taskward_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON taskward.task_label, taskward.reminder TO taskward_app;
GRANT SELECT, INSERT ON taskward.batch TO taskward_app;
GRANT SELECT (batch_count), UPDATE (batch_count) ON taskward.account TO taskward_maintenance;
GRANT SELECT (deleted_with, label_ids), UPDATE (label_ids) ON taskward.task TO taskward_maintenance;
GRANT SELECT (user_id, task_id, label_id), DELETE ON taskward.task_label TO taskward_maintenance;
GRANT SELECT (user_id, task_id), DELETE ON taskward.reminder TO taskward_maintenance;
GRANT SELECT (user_id, id, at), DELETE ON taskward.batch TO taskward_maintenance;
