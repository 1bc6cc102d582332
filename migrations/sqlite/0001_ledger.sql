-- The ledger: one gapless line of entries that are never changed, and what is needed to append
-- to it. Moments are microseconds since 1970 in UTC.

-- One row, locked by each append, so that positions are gapless and in commit order. `epoch`
-- grows when something beside the entries changes (a key destroyed), so that caches are dropped.
CREATE TABLE ledger_head (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    pos              INTEGER NOT NULL,
    last_recorded_at INTEGER NOT NULL,
    epoch            INTEGER NOT NULL
) STRICT;

INSERT INTO ledger_head (id, pos, last_recorded_at, epoch) VALUES (1, 0, 0, 1);

-- Streams by a small integer given at first sight: an index on it costs a fifth of one on names.
CREATE TABLE stream (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE entry (
    pos            INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    stream         INTEGER NOT NULL REFERENCES stream (id),
    version        INTEGER NOT NULL,
    type           TEXT    NOT NULL,
    schema_version INTEGER NOT NULL,
    occurred_at    INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    batch          INTEGER NOT NULL, -- position of the first entry stored by the same request
    correlation_id BLOB,
    causation_id   BLOB,
    actor          TEXT    NOT NULL,
    payload        TEXT    NOT NULL, -- the exact JSON text, personal data sealed
    leaf_hash      BLOB    NOT NULL CHECK (length(leaf_hash) = 32),
    UNIQUE (stream, version)
) STRICT;

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN
    SELECT RAISE(ABORT, 'an entry is never changed');
END;

CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
BEGIN
    SELECT RAISE(ABORT, 'an entry is never deleted');
END;

-- What a caller's key was used for: the same key with the same content answers as the first time.
-- A request that stored nothing new has no positions.
CREATE TABLE idempotency (
    source       TEXT NOT NULL,
    key          TEXT NOT NULL,
    first_pos    INTEGER,
    last_pos     INTEGER,
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

-- One key per person. `key` is NULL once the person was erased: what was sealed stays sealed, and
-- nothing personal is ever stored about them again.
CREATE TABLE vault_key (
    person     BLOB PRIMARY KEY CHECK (length(person) = 16),
    key        BLOB CHECK (length(key) = 32),
    commitment BLOB NOT NULL CHECK (length(commitment) = 32)
) STRICT, WITHOUT ROWID;

-- Secrets of this ledger, made when it was created.
CREATE TABLE ledger_secret (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Input that could not be read, kept to be mended. Not part of the ledger. `original` is emptied
-- once it is settled, for it may hold personal data.
CREATE TABLE quarantine (
    id            INTEGER PRIMARY KEY,
    source        TEXT    NOT NULL,
    place         TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    original      TEXT,
    original_hash BLOB    NOT NULL CHECK (length(original_hash) = 32),
    created_at    INTEGER NOT NULL,
    settled_at    INTEGER,
    UNIQUE (source, original_hash)
) STRICT;

CREATE INDEX quarantine_open ON quarantine (id) WHERE settled_at IS NULL;
