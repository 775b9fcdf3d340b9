package audit

const insertEntry = `INSERT INTO audit_entries
	(id, at, actor_kind, actor_id, actor, key_id, operation, project_id, thing, allowed, rule, permission, detail, request)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

const selectHistory = `SELECT at, actor_kind, actor_id, actor, key_id, operation, project_id, thing, allowed, rule, permission, detail, request
	FROM audit_entries WHERE thing = $1 AND allowed ORDER BY id`
