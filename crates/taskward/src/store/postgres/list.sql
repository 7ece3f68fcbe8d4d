SELECT id, title, description, completed_at, created_at, updated_at, version
FROM task
WHERE user_id = $1 AND deleted_at IS NULL AND id < $2
  AND ($3::boolean IS NULL OR (completed_at IS NOT NULL) = $3)
  AND ($4::text IS NULL OR words @@ (SELECT $4::text::tsquery))
  AND ($5::bigint IS NULL OR $5 IS DISTINCT FROM (SELECT seq FROM account WHERE user_id = $1))
ORDER BY id DESC LIMIT $6
