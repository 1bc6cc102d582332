-- What several processes on one ledger need beside it. Moments are microseconds since 1970 in UTC.

-- Who alone may do a piece of work, and until when it is believed without hearing again.
CREATE TABLE lease (
    name   TEXT PRIMARY KEY,
    holder BLOB    NOT NULL CHECK (length(holder) = 16),
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tokens that open the doors, as hashes. A name is never given twice, so that a log stays clear.
CREATE TABLE api_token (
    name         TEXT PRIMARY KEY,
    role         TEXT    NOT NULL,
    hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;
