-- The epoch of the history: 0 until a backup is restored.
CREATE TABLE history (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL CHECK (epoch BETWEEN 0 AND 131071)
) STRICT;

-- Earlier versions raised `seq` beyond 2^36 when a backup was restored. Such a database gets a new epoch, and its rows are
-- numbered from 1 below.
INSERT INTO history (one, epoch)
SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM account WHERE seq >= 68719476736) THEN 1 + (random() & 65535) ELSE 0 END;

-- One row for each record, live, in the trash or purged: what changed when. A record knows the `seq` of its row.
CREATE TABLE change (
    user_id    TEXT    NOT NULL REFERENCES account (user_id),
    kind       INTEGER NOT NULL CHECK (kind >= 1),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    deleted_at INTEGER,
    PRIMARY KEY (user_id, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO change (user_id, kind, id, seq, deleted_at)
SELECT known.user_id, 1, known.id,
       CASE WHEN account.seq < 68719476736 THEN known.seq
            ELSE row_number() OVER (PARTITION BY known.user_id ORDER BY known.seq) END,
       known.deleted_at
  FROM (SELECT user_id, id, seq, deleted_at FROM task
        UNION ALL
        SELECT user_id, id, seq, deleted_at FROM tombstone) AS known
  JOIN account ON account.user_id = known.user_id
 ORDER BY known.user_id, known.seq;

DROP INDEX task_seq;
CREATE INDEX migrated ON change (user_id, id);
UPDATE task
   SET seq = (SELECT change.seq FROM change
               WHERE change.user_id = task.user_id AND change.kind = 1 AND change.id = task.id)
 WHERE user_id IN (SELECT user_id FROM account WHERE seq >= 68719476736);
UPDATE account
   SET forgotten_seq = 0,
       seq = (SELECT coalesce(max(change.seq), 0) FROM change WHERE change.user_id = account.user_id)
 WHERE seq >= 68719476736;
DROP INDEX migrated;
DROP TABLE tombstone;

-- Change rows of deleted records: by id, and by age for all users and for one.
CREATE UNIQUE INDEX change_deleted ON change (user_id, kind, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX change_age ON change (deleted_at, user_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX change_gone ON change (user_id, deleted_at) WHERE deleted_at IS NOT NULL;

ALTER TABLE account ADD COLUMN trash_count INTEGER NOT NULL DEFAULT 0 CHECK (trash_count >= 0);
ALTER TABLE account ADD COLUMN gone_count  INTEGER NOT NULL DEFAULT 0 CHECK (gone_count >= 0);
UPDATE account
   SET trash_count = (SELECT count(*) FROM task
                       WHERE task.user_id = account.user_id AND task.deleted_at IS NOT NULL),
       gone_count  = (SELECT count(*) FROM change
                       WHERE change.user_id = account.user_id AND change.deleted_at IS NOT NULL);
-- The users over a limit, so that upkeep finds them without reading the others.
CREATE INDEX account_full_trash ON account (user_id) WHERE trash_count > 10000;
CREATE INDEX account_many_gone  ON account (user_id) WHERE gone_count > 200000;

-- One index for each access path, so that a page costs the same whatever else the user has. All live tasks are read along
-- the primary key while the trash is small, and from both of the first two indexes otherwise.
CREATE INDEX task_open  ON task (user_id, id) WHERE deleted_at IS NULL AND completed_at IS NULL;
CREATE INDEX task_done  ON task (user_id, id) WHERE deleted_at IS NULL AND completed_at IS NOT NULL;
CREATE INDEX task_trash ON task (user_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
