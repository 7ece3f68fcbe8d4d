-- The task model: lists, labels, settings and saved filters, and what tasks have beside title, description and completion.

-- Per user, how many live records of each further kind there are, how many open tasks depend on the time zone of the
-- settings, and how many batches are known by their ids.
ALTER TABLE account ADD COLUMN list_count     INTEGER NOT NULL DEFAULT 0 CHECK (list_count >= 0);
ALTER TABLE account ADD COLUMN label_count    INTEGER NOT NULL DEFAULT 0 CHECK (label_count >= 0);
ALTER TABLE account ADD COLUMN filter_count   INTEGER NOT NULL DEFAULT 0 CHECK (filter_count >= 0);
ALTER TABLE account ADD COLUMN settings_count INTEGER NOT NULL DEFAULT 0 CHECK (settings_count IN (0, 1));
ALTER TABLE account ADD COLUMN zoned_count    INTEGER NOT NULL DEFAULT 0 CHECK (zoned_count >= 0);
ALTER TABLE account ADD COLUMN batch_count    INTEGER NOT NULL DEFAULT 0 CHECK (batch_count >= 0);
CREATE INDEX account_many_batches ON account (user_id) WHERE batch_count > 20000;

-- Batches that were carried out, so that one that is sent again is not carried out again.
CREATE TABLE batch (
    user_id TEXT    NOT NULL REFERENCES account (user_id),
    id      BLOB    NOT NULL CHECK (length(id) = 16),
    digest  INTEGER NOT NULL,
    seq     INTEGER NOT NULL CHECK (seq >= 0),
    at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_age ON batch (at, user_id, id);

CREATE TABLE list (
    user_id     TEXT    NOT NULL REFERENCES account (user_id),
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    color       TEXT             CHECK (length(color) BETWEEN 1 AND 16),
    icon        TEXT             CHECK (length(icon) BETWEEN 1 AND 16),
    rank        TEXT    NOT NULL CHECK (length(rank) BETWEEN 1 AND 200 AND rank NOT GLOB '*[^0-9A-Za-z]*'),
    archived_at INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL CHECK (updated_at >= 0),
    deleted_at  INTEGER,
    version     INTEGER NOT NULL CHECK (version >= 1),
    seq         INTEGER NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX list_order    ON list (user_id, rank, id) WHERE deleted_at IS NULL;
CREATE INDEX list_in_trash ON list (deleted_at, user_id, id) WHERE deleted_at IS NOT NULL;

-- `name_key` is the name as names are compared, made by the server.
CREATE TABLE label (
    user_id    TEXT    NOT NULL REFERENCES account (user_id),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    name_key   TEXT    NOT NULL,
    color      TEXT             CHECK (length(color) BETWEEN 1 AND 16),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL CHECK (updated_at >= 0),
    deleted_at INTEGER,
    version    INTEGER NOT NULL CHECK (version >= 1),
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX label_name ON label (user_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX label_in_trash    ON label (deleted_at, user_id, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE filter (
    user_id    TEXT    NOT NULL REFERENCES account (user_id),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    query      TEXT    NOT NULL CHECK (length(query) BETWEEN 1 AND 4096),
    color      TEXT             CHECK (length(color) BETWEEN 1 AND 16),
    rank       TEXT    NOT NULL CHECK (length(rank) BETWEEN 1 AND 200 AND rank NOT GLOB '*[^0-9A-Za-z]*'),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL CHECK (updated_at >= 0),
    deleted_at INTEGER,
    version    INTEGER NOT NULL CHECK (version >= 1),
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX filter_order    ON filter (user_id, rank, id) WHERE deleted_at IS NULL;
CREATE INDEX filter_in_trash ON filter (deleted_at, user_id, id) WHERE deleted_at IS NOT NULL;

-- At most one row a user, under the nil id. It cannot be deleted.
CREATE TABLE settings (
    user_id              TEXT    NOT NULL REFERENCES account (user_id),
    id                   BLOB    NOT NULL CHECK (id = x'00000000000000000000000000000000'),
    time_zone            TEXT             CHECK (length(time_zone) BETWEEN 1 AND 64),
    week_start           INTEGER NOT NULL CHECK (week_start BETWEEN 1 AND 7),
    day_start_min        INTEGER NOT NULL CHECK (day_start_min BETWEEN 0 AND 360),
    default_list         BLOB             CHECK (length(default_list) = 16),
    all_day_reminder_min INTEGER NOT NULL CHECK (all_day_reminder_min BETWEEN 0 AND 1439),
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL CHECK (updated_at >= 0),
    deleted_at           INTEGER          CHECK (deleted_at IS NULL),
    version              INTEGER NOT NULL CHECK (version >= 1),
    seq                  INTEGER NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

-- Which tasks have a label. Follows from `label_ids` of the tasks, in any state; `open` is 1 for a task that is live, not
-- completed and shown.
CREATE TABLE task_label (
    user_id  TEXT    NOT NULL,
    task_id  BLOB    NOT NULL CHECK (length(task_id) = 16),
    label_id BLOB    NOT NULL CHECK (length(label_id) = 16),
    open     INTEGER NOT NULL CHECK (open IN (0, 1)),
    PRIMARY KEY (user_id, task_id, label_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_label_open ON task_label (user_id, label_id, open, task_id);

-- When reminders are due. Follows from `fire_at` of the tasks.
CREATE TABLE reminder (
    user_id TEXT    NOT NULL,
    task_id BLOB    NOT NULL CHECK (length(task_id) = 16),
    n       INTEGER NOT NULL CHECK (n BETWEEN 0 AND 9),
    fire_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, task_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX reminder_due ON reminder (fire_at, user_id, task_id, n);

-- Constraints on several columns cannot be added to a table, so the tasks move to a new one. Their indexes go with the old
-- one.
ALTER TABLE task RENAME TO task_before;

-- No list and no parent are the nil id, so that equality uses an index. The largest column is the last, so that reading the
-- others reads none of its pages.
CREATE TABLE task (
    user_id        TEXT    NOT NULL REFERENCES account (user_id),
    id             BLOB    NOT NULL CHECK (length(id) = 16),
    document       INTEGER,
    version        INTEGER NOT NULL CHECK (version >= 1),
    seq            INTEGER NOT NULL CHECK (seq >= 1),
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL CHECK (updated_at >= 0),
    deleted_at     INTEGER,
    deleted_with   BLOB             CHECK (length(deleted_with) = 16),
    completed_at   INTEGER,
    list_id        BLOB    NOT NULL DEFAULT x'00000000000000000000000000000000' CHECK (length(list_id) = 16),
    parent_id      BLOB    NOT NULL DEFAULT x'00000000000000000000000000000000' CHECK (length(parent_id) = 16),
    rank           TEXT    NOT NULL DEFAULT 'V' CHECK (length(rank) BETWEEN 1 AND 200 AND rank NOT GLOB '*[^0-9A-Za-z]*'),
    priority       INTEGER NOT NULL DEFAULT 4 CHECK (priority BETWEEN 1 AND 4),
    label_ids      TEXT             CHECK (length(label_ids) BETWEEN 36 AND 739),
    due_day        INTEGER          CHECK (due_day BETWEEN -719162 AND 2932896),
    due_min        INTEGER          CHECK (due_min BETWEEN 0 AND 1439),
    due_zone       TEXT             CHECK (length(due_zone) BETWEEN 1 AND 64),
    start_day      INTEGER          CHECK (start_day BETWEEN -719162 AND 2932896),
    deadline_day   INTEGER          CHECK (deadline_day BETWEEN -719162 AND 2932896),
    duration_min   INTEGER          CHECK (duration_min BETWEEN 1 AND 10080),
    series_id      BLOB             CHECK (length(series_id) = 16),
    series_index   INTEGER          CHECK (series_index BETWEEN 1 AND 1000000),
    rule           TEXT             CHECK (length(rule) BETWEEN 1 AND 500),
    anchor         INTEGER          CHECK (anchor IN (0, 1)),
    rec_day        INTEGER          CHECK (rec_day BETWEEN -719162 AND 2932896),
    rec_min        INTEGER          CHECK (rec_min BETWEEN 0 AND 1439),
    rec_zone       TEXT             CHECK (length(rec_zone) BETWEEN 1 AND 64),
    occurrence_day INTEGER          CHECK (occurrence_day BETWEEN -719162 AND 2932896),
    reminders      TEXT             CHECK (length(reminders) BETWEEN 1 AND 1000),
    agenda_day     INTEGER          CHECK (agenda_day BETWEEN -719163 AND 2932897),
    agenda_min     INTEGER          CHECK (agenda_min BETWEEN 0 AND 1440),
    shown          INTEGER NOT NULL DEFAULT 1 CHECK (shown IN (0, 1)),
    fire_at        TEXT             CHECK (length(fire_at) BETWEEN 1 AND 300),
    title          TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 255),
    description    TEXT             CHECK (length(description) <= 10000),
    PRIMARY KEY (user_id, id),
    CHECK (deleted_with IS NULL OR deleted_at IS NOT NULL),
    CHECK (due_min IS NULL OR due_day IS NOT NULL),
    CHECK (due_zone IS NULL OR due_min IS NOT NULL),
    CHECK (rec_min IS NULL OR rec_day IS NOT NULL),
    CHECK (rec_zone IS NULL OR rec_min IS NOT NULL),
    CHECK ((rule IS NULL) = (series_id IS NULL)
       AND (rule IS NULL) = (series_index IS NULL)
       AND (rule IS NULL) = (anchor IS NULL)
       AND (rule IS NULL) = (rec_day IS NULL)
       AND (rule IS NULL) = (occurrence_day IS NULL)),
    CHECK (rule IS NULL OR due_day IS NOT NULL),
    CHECK (rule IS NULL OR parent_id = x'00000000000000000000000000000000'),
    CHECK ((agenda_day IS NULL) = (agenda_min IS NULL))
) STRICT, WITHOUT ROWID;

-- The rank of a task is where its creation put it. Documents are numbered anew, in the order of the table, so that the search
-- index below is filled in its own order.
INSERT INTO task (user_id, id, document, version, seq, created_at, updated_at, deleted_at, completed_at, rank, title,
                  description)
SELECT user_id, id, CASE WHEN deleted_at IS NULL THEN row_number() OVER (ORDER BY user_id, id) END,
       version, seq, created_at, updated_at, deleted_at, completed_at,
       'V' || substr(lower(hex(id)), 1, 12) || CASE WHEN substr(hex(id), 12, 1) = '0' THEN 'V' ELSE '' END,
       title, description
  FROM task_before
 ORDER BY user_id, id;
DROP TABLE task_before;

-- The words of all live tasks are made anew, because how words are folded has changed.
INSERT INTO task_search (task_search) VALUES ('delete-all');
INSERT INTO task_search (rowid, words)
SELECT document, search_terms(user_id, title, description) FROM task WHERE document IS NOT NULL ORDER BY user_id, id;

CREATE INDEX task_document ON task (document, user_id, id) WHERE document IS NOT NULL;

-- One index for each access path. The last columns of `task_order`, `task_trash` and `task_listed` are there so that counting
-- reads no task. The lists of tasks,
CREATE INDEX task_open        ON task (user_id, id) WHERE deleted_at IS NULL AND completed_at IS NULL;
CREATE INDEX task_done_newest ON task (user_id, id) WHERE deleted_at IS NULL AND completed_at IS NOT NULL;
CREATE INDEX task_completed   ON task (user_id, completed_at, id) WHERE deleted_at IS NULL AND completed_at IS NOT NULL;
CREATE INDEX task_order       ON task (user_id, list_id, parent_id, rank, id, deleted_at, completed_at)
    WHERE deleted_at IS NULL AND completed_at IS NULL;
CREATE INDEX task_agenda      ON task (user_id, agenda_day, agenda_min, priority, id)
    WHERE deleted_at IS NULL AND completed_at IS NULL AND shown = 1 AND agenda_day IS NOT NULL;
CREATE INDEX task_trash       ON task (user_id, deleted_at, id, deleted_with) WHERE deleted_at IS NOT NULL AND deleted_with IS NULL;
-- what a decision has to know,
CREATE INDEX task_children     ON task (user_id, parent_id, id) WHERE parent_id <> x'00000000000000000000000000000000';
CREATE INDEX task_deleted_with ON task (user_id, deleted_with, id) WHERE deleted_with IS NOT NULL;
CREATE INDEX task_listed       ON task (user_id, list_id, id, deleted_at)
    WHERE deleted_at IS NULL AND list_id <> x'00000000000000000000000000000000';
CREATE INDEX task_series       ON task (user_id, series_id, series_index) WHERE series_id IS NOT NULL;
CREATE UNIQUE INDEX task_series_open ON task (user_id, series_id)
    WHERE deleted_at IS NULL AND completed_at IS NULL AND series_id IS NOT NULL;
CREATE INDEX task_zoned        ON task (user_id, id)
    WHERE deleted_at IS NULL AND completed_at IS NULL AND (due_zone IS NOT NULL OR reminders IS NOT NULL);
-- and what is purged, for all users and for one.
CREATE INDEX task_in_trash ON task (deleted_at, user_id, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX task_trashed  ON task (user_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
