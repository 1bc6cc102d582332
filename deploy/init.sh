#!/bin/sh
# Run once before the services start: founds the ledger where there is none, brings an older one's
# tables up to this version, and makes the token by which Prometheus reads figures. Running it
# again changes nothing.
set -eu

found() {
    linchpin init --if-missing --firm "$FIRM" \
        --currency "$CURRENCY" --time-zone "$TIME_ZONE"
}
if ! found; then
    # An older ledger is not opened for writing before it is migrated; anything else that was wrong
    # is said again by the second try.
    linchpin migrate
    found
fi

token="$TOKENS/prometheus"
if [ ! -s "$token" ]; then
    # A name of its own each time: that of a lost token stays in the list.
    name="prometheus-$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')"
    linchpin token new --role reader --name "$name" >"$token.new"
    mv "$token.new" "$token"
fi
