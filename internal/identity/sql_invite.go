package identity

const insertInvitation = `INSERT INTO invitations (id, secret_hash, name, full_name, email, written_by, created_at, expires_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const selectInvitation = `SELECT id, name, full_name, email, written_by, created_at, expires_at FROM invitations
	WHERE accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $1 AND `

const (
	selectInvitationByHash = selectInvitation + `secret_hash = $2`
	selectInvitationByID   = selectInvitation + `id = $2`
	selectInvitationByName = selectInvitation + `name = $2`
	selectInvitations      = selectInvitation + `id > $2 ORDER BY id LIMIT $3`
)

const acceptInvitation = `UPDATE invitations SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL`

// endInvitations ends those of a name whose time is over: one may stand at a time.
const endInvitations = `UPDATE invitations SET withdrawn_at = expires_at
	WHERE name = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at <= $1`

const withdrawInvitation = `UPDATE invitations SET withdrawn_at = $2 WHERE id = $1`
