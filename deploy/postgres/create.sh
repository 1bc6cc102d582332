#!/bin/bash
# Run once by the PostgreSQL image, on an empty data folder: the desk's role and database.
set -euo pipefail
password="$(cat /run/secrets/ledger_password)"
psql --set ON_ERROR_STOP=1 --set password="$password" --username postgres --no-password <<'SQL'
CREATE ROLE linchpin LOGIN PASSWORD :'password' CONNECTION LIMIT 150;
CREATE DATABASE linchpin OWNER linchpin;
REVOKE ALL ON DATABASE linchpin FROM PUBLIC;
SQL
