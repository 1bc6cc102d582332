#!/bin/bash
# Starts PostgreSQL in its container. The server takes its key only from a file of its own, so the
# mounted one is copied first.
set -euo pipefail
install -o postgres -g postgres -m 0600 /run/secrets/postgres.key /run/tls/server.key
install -o postgres -g postgres -m 0644 /run/secrets/postgres.crt /run/tls/server.crt
exec docker-entrypoint.sh postgres \
    -c hba_file=/etc/linchpin/pg_hba.conf \
    -c ssl=on -c ssl_min_protocol_version=TLSv1.3 \
    -c ssl_cert_file=/run/tls/server.crt -c ssl_key_file=/run/tls/server.key \
    -c password_encryption=scram-sha-256 \
    -c max_connections=200 \
    -c synchronous_commit=on -c full_page_writes=on -c fsync=on
