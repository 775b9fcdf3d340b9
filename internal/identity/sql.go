package identity

const userColumns = `id, name, full_name, email, superuser, disabled, created_at, deleted_at`

const (
	selectUserByName = `SELECT ` + userColumns + ` FROM users WHERE name = $1`
	selectUserByID   = `SELECT ` + userColumns + ` FROM users WHERE id = $1`
)

// selectUsers is completed by the condition of the asker's scope, from $3 on.
const selectUsers = `SELECT ` + userColumns + ` FROM users WHERE id > $1 AND %s ORDER BY id LIMIT $2`

const insertUser = `INSERT INTO users (id, name, full_name, email, password_hash, superuser, disabled, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, FALSE, $7, $7)`

const updateUser = `UPDATE users SET full_name = $2, email = $3, disabled = $4, updated_at = $5 WHERE id = $1`

// updatePassword keeps what somebody else has set since $3 was read, and others
// from doing so until the transaction ends.
const updatePassword = `UPDATE users SET password_hash = $2 WHERE id = $1 AND password_hash = $3`

const countOtherSuperusers = `SELECT COUNT(*) FROM users WHERE superuser AND NOT disabled AND id <> $1`

const selectIsSuperuser = `SELECT superuser AND NOT disabled FROM users WHERE id = $1`

const selectPolicyUsers = `SELECT id, name, superuser, disabled FROM users`

const selectUserID = `SELECT id FROM users WHERE name = $1`

const selectAccount = `SELECT id, name, password_hash, disabled FROM users WHERE `

const (
	selectAccountByName = selectAccount + `name = $1`
	selectAccountByID   = selectAccount + `id = $1`
)

const insertSession = `INSERT INTO sessions (id, secret_hash, user_id, created_at, expires_at, address, agent) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const selectSession = `SELECT s.id, s.expires_at, u.id, u.name, u.disabled
	FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.secret_hash = $1`

const (
	deleteSession         = `DELETE FROM sessions WHERE secret_hash = $1`
	deleteSessionsOf      = `DELETE FROM sessions WHERE user_id = $1`
	deleteExpiredSessions = `DELETE FROM sessions WHERE expires_at <= $1`
)

const insertKey = `INSERT INTO api_keys (id, secret_hash, user_id, title, scopes, projects, hint, created_at, expires_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

const selectKey = `SELECT k.id, k.title, k.scopes, k.projects, k.hint, k.created_at, k.expires_at, k.last_used_at, k.revoked_at, k.rotated_at, k.old_until,
	u.id, u.name, u.disabled FROM api_keys k JOIN users u ON u.id = k.user_id WHERE `

const (
	selectKeyByHash    = selectKey + `k.secret_hash = $1`
	selectKeyByOldHash = selectKey + `k.old_hash = $1`
	selectKeyByID      = selectKey + `k.id = $1`
	// selectKeys is completed by the condition of the asker's scope, from $1 on.
	selectKeys = selectKey + `k.revoked_at IS NULL AND %s ORDER BY k.id`
)

const revokeKey = `UPDATE api_keys SET revoked_at = $2, old_hash = '', old_until = NULL WHERE id = $1 AND revoked_at IS NULL`

const revokeKeysOf = `UPDATE api_keys SET revoked_at = $2, old_hash = '', old_until = NULL WHERE user_id = $1 AND revoked_at IS NULL`

// rotateKeyNow forgets the hash before, rotateKey keeps it as the old one until $5.
const (
	rotateKeyNow = `UPDATE api_keys SET old_hash = '', old_until = NULL, secret_hash = $2, hint = $3, rotated_at = $4 WHERE id = $1`
	rotateKey    = `UPDATE api_keys SET old_hash = secret_hash, old_until = $5, secret_hash = $2, hint = $3, rotated_at = $4 WHERE id = $1`
)

const touchKey = `UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)`

const deleteUser = `UPDATE users SET deleted_at = $2, updated_at = $2, disabled = TRUE, superuser = FALSE, password_hash = '', email = '' WHERE id = $1`

const selectSessionColumns = `SELECT s.id, s.secret_hash, s.created_at, s.expires_at, s.address, s.agent, u.id, u.name
	FROM sessions s JOIN users u ON u.id = s.user_id WHERE `

const (
	selectSessionByID = selectSessionColumns + `s.id = $1 AND s.expires_at > $2`
	// selectSessions is completed by the condition of the asker's scope, from $4 on.
	selectSessions = selectSessionColumns + `s.expires_at > $1 AND s.id > $2 AND %s ORDER BY s.id LIMIT $3`

	deleteSessionByID = `DELETE FROM sessions WHERE id = $1`
	deleteSessionsBut = `DELETE FROM sessions WHERE user_id = $1 AND secret_hash <> $2`
)
