-- What several processes on one ledger need beside it. Moments are microseconds since 1970 in UTC.

-- Who alone may do a piece of work, and until when it is believed without hearing again.
CREATE TABLE lease (
    name   text   PRIMARY KEY,
    holder uuid   NOT NULL,
    until  bigint NOT NULL
);

-- Tokens that open the doors, as hashes. A name is never given twice, so that a log stays clear.
CREATE TABLE api_token (
    name         text   PRIMARY KEY COLLATE "C",
    role         text   NOT NULL,
    hash         bytea  NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at   bigint NOT NULL,
    last_used_at bigint,
    revoked_at   bigint
);
