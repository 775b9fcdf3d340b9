package projects

const insertSite = `INSERT INTO meta (key, value) VALUES ('site_project', $1)`

const selectSite = `SELECT value FROM meta WHERE key = 'site_project'`
