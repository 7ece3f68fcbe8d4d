-- One row a user: the write counter that lists, changes and events stand on, and how many live tasks there are, so
-- that the quota is judged without counting.
CREATE TABLE account (
    user_id    TEXT    NOT NULL PRIMARY KEY CHECK (octet_length(user_id) BETWEEN 1 AND 255),
    seq        INTEGER NOT NULL CHECK (seq >= 0),
    task_count INTEGER NOT NULL CHECK (task_count BETWEEN 0 AND 100000)
) STRICT, WITHOUT ROWID;

-- One row a task. The key starts with the owner: a user's tasks lie together, newest id last, and the data can be
-- split by owner. Times are milliseconds since the Unix epoch.
CREATE TABLE task (
    user_id      TEXT    NOT NULL REFERENCES account (user_id),
    id           BLOB    NOT NULL CHECK (length(id) = 16),
    title        TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 255),
    description  TEXT             CHECK (length(description) <= 1000),
    completed_at INTEGER,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL CHECK (updated_at >= 0),
    deleted_at   INTEGER,
    version      INTEGER NOT NULL CHECK (version >= 1),
    seq          INTEGER NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
