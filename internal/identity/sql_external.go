package identity

const selectLinked = `SELECT u.id, u.name, u.password_hash, u.disabled FROM user_identities i JOIN users u ON u.id = i.user_id
	WHERE i.issuer = $1 AND i.subject = $2`

const insertLink = `INSERT INTO user_identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4)`

const deleteIdentitiesOf = `DELETE FROM user_identities WHERE user_id = $1`

const selectTeamsByName = `SELECT t.id, t.name, EXISTS (SELECT 1 FROM team_users m WHERE m.team_id = t.id AND m.user_id = $1) FROM teams t`

const insertTeamUser = `INSERT INTO team_users (team_id, user_id) VALUES ($1, $2)`

const deleteTeamUser = `DELETE FROM team_users WHERE team_id = $1 AND user_id = $2`
