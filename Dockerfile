# One image for every process of the desk: `docker run IMAGE query`, `… relay`, `… serve`.
#
# The first stage compiles. What it fetches and compiles of others stays in the builder's cache
# between builds, so that a change of ours compiles ours alone (BuildKit, the default since
# Docker 23).
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --package linchpin \
    && install -D --mode=0755 --strip target/release/linchpin /out/linchpin

# The second holds the binary, the certificates of the public authorities, and a user of its own.
# Nothing is written but to /var/lib/linchpin (and, by the compose file's init, tokens for others to
# /var/lib/linchpin-tokens), so the root file system may be read-only.
FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 linchpin \
    && useradd --system --uid 10001 --gid linchpin --home-dir /var/lib/linchpin --shell /usr/sbin/nologin linchpin \
    && install --directory --owner=linchpin --group=linchpin --mode=0750 /var/lib/linchpin \
    && install --directory --owner=linchpin --group=linchpin --mode=0755 /var/lib/linchpin-tokens
COPY --from=build /out/linchpin /usr/local/bin/linchpin
USER 10001:10001
WORKDIR /var/lib/linchpin
# serve and query, ingest, classifier, notifier, relay. A process listens on loopback unless
# LINCHPIN_LISTEN says otherwise, and on any other address only to those with a token.
EXPOSE 7400 7401 7402 7403 7404
# Asks the process whether it is ready, at the address in LINCHPIN_LISTEN.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["linchpin", "health"]
ENTRYPOINT ["linchpin"]
CMD ["serve"]
