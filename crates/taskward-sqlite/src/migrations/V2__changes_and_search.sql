-- Up to which value of seq tombstones have been removed: changes since an earlier one cannot be told any more.
ALTER TABLE account ADD COLUMN forgotten_seq INTEGER NOT NULL DEFAULT 0 CHECK (forgotten_seq BETWEEN 0 AND seq);

-- What is left of a deleted task when its content has been purged.
CREATE TABLE tombstone (
    user_id    TEXT    NOT NULL REFERENCES account (user_id),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    deleted_at INTEGER NOT NULL,
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

-- Changes are read along these.
CREATE UNIQUE INDEX task_seq ON task (user_id, seq);
CREATE UNIQUE INDEX tombstone_seq ON tombstone (user_id, seq);

-- The purge goes by age, over all users.
CREATE INDEX task_in_trash ON task (deleted_at, user_id, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX tombstone_age ON tombstone (deleted_at, user_id, id);

-- The words of live tasks, each under its owner. Holds no text: what is found leads to the task by `document`, and the
-- words are made by the server, so that nothing is left to a tokenizer.
CREATE VIRTUAL TABLE task_search USING fts5 (
    words,
    content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii'
);

-- What the search calls a task; nothing while it is in the trash, where it cannot be found.
ALTER TABLE task ADD COLUMN document INTEGER;

UPDATE task SET document = numbered.document
FROM (
    SELECT user_id, id, row_number() OVER () AS document FROM task WHERE deleted_at IS NULL
) AS numbered
WHERE task.user_id = numbered.user_id AND task.id = numbered.id;

CREATE INDEX task_document ON task (document, user_id, id) WHERE document IS NOT NULL;

INSERT INTO task_search (rowid, words)
SELECT document, search_terms(user_id, title, description) FROM task WHERE document IS NOT NULL ORDER BY document;
