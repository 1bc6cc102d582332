#!/bin/sh
# Makes what the spread-out desk keeps secret: a private certificate authority, certificates for
# PostgreSQL and NATS, and passwords. What is there already is kept, so running it again is
# harmless; to make a thing anew, remove its file first.
#
#   deploy/make-secrets.sh [--into FOLDER] [HOST…]
#
# HOST: further names or addresses under which PostgreSQL and NATS are reached, beside those of
# docker-compose.yml and this machine. They are remembered in the file hosts, one a line: a
# certificate made later names them too.
set -eu

into="$(dirname "$0")/secrets"
if [ "${1:-}" = --into ]; then
    into="$2"
    shift 2
fi
command -v openssl >/dev/null || {
    echo "make-secrets: openssl is needed" >&2
    exit 1
}

# Only the owner gets into the folder. The files in it can be read by all, since containers mount
# them one by one and run as users that this machine does not know.
umask 022
mkdir -p "$into"
chmod 0700 "$into"
cd "$into"

touch hosts
added=
for host in "$@"; do
    case "$host" in
        -* | *[!A-Za-z0-9.:_*-]* | '')
            echo "make-secrets: '$host' is no name or address of a host" >&2
            exit 1
            ;;
    esac
    grep -qxF -e "$host" hosts || {
        echo "$host" >>hosts
        added="$added $host"
    }
done
# One word a line, checked above and here split into arguments again; none stands for files.
set -f
# shellcheck disable=SC2046
set -- $(cat hosts)
set +f

authority() {
    [ -s ca.crt ] && return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -days 3650 -subj "/CN=Linchpin private authority" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 \
        -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout ca.key -out ca.crt 2>/dev/null
    chmod 0600 ca.key
}

# certificate NAME USAGE HOST…
certificate() {
    name="$1" usage="$2"
    shift 2
    if [ -s "$name.crt" ]; then
        [ -z "$added" ] ||
            echo "make-secrets: $name.crt is kept and does not name$added: remove it and run this again" >&2
        return 0
    fi
    alternatives=
    for host in "$@"; do
        case "$host" in
            *:* | *[0-9].[0-9]*.[0-9]*.[0-9]*) kind=IP ;;
            *) kind=DNS ;;
        esac
        alternatives="$alternatives${alternatives:+,}$kind:$host"
    done
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" 2>/dev/null
    printf 'subjectAltName=%s\nextendedKeyUsage=%s\nkeyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:FALSE\n' \
        "$alternatives" "$usage" >"$name.ext"
    openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" \
        -days 825 -extfile "$name.ext" -out "$name.crt" 2>/dev/null
    rm "$name.csr" "$name.ext"
    chmod 0644 "$name.key"
}

password() {
    [ -s "$1" ] || openssl rand -hex 24 | tr -d '\n' >"$1"
}

authority
# A NATS server proves itself to clients, and to the other servers in both directions.
certificate nats serverAuth,clientAuth nats-1 nats-2 nats-3 localhost 127.0.0.1 "$@"
certificate postgres serverAuth postgres localhost 127.0.0.1 "$@"

password postgres_password
password ledger_password
[ -s ledger_url ] || printf 'postgres://linchpin:%s@postgres:5432/linchpin?sslmode=verify-full&sslrootcert=/run/secrets/ca.crt' \
    "$(cat ledger_password)" >ledger_url

users="relay desk ingest feeder consumer admin"
for user in $users; do
    password "nats_$user"
done
for user in $users; do
    # In quotes: NATS would take one that begins with figures for a number.
    printf '%s_PASSWORD: "%s"\n' "$(echo "$user" | tr '[:lower:]' '[:upper:]')" "$(cat "nats_$user")"
done >passwords.conf

echo "the secrets stand in $into"
