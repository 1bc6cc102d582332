"""Follows a desk's ledger over NATS: python follow.py nats://HOST:4222 POSITION_FILE"""
import asyncio, json, os, sys
import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

async def follow(server, file, stream="LINCHPIN", subjects="linchpin.entry.>"):
    done = int(open(file).read()) if os.path.exists(file) else 0
    client = await nats.connect(server, max_reconnect_attempts=-1,
                                inbox_prefix=os.environ.get("NATS_INBOX_PREFIX", "_INBOX").encode())
    api = os.environ.get("NATS_API_PREFIX", "$JS.API")
    while True:  # from where we are, whenever nothing came for a while: servers forget consumers
        entries = None
        try:
            entries = await client.jetstream(prefix=api).pull_subscribe(subjects, stream=stream, config=ConsumerConfig(
                ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=done + 1))
            while True:
                for entry in await entries.fetch(100, timeout=10):
                    position, told = int(entry.headers["ce-position"]), json.loads(entry.data)
                    if position != done + 1 or position != entry.metadata.sequence.stream:
                        sys.exit(f"expected entry {done + 1}, got {position}: entries are missing")
                    print(position, entry.headers["ce-type"], told.get("account", "-"), entry.headers["ce-time"], flush=True)
                    done = position  # whatever you do with an entry, do it before this line
                    with open(f"{file}.new", "w") as new:
                        new.write(str(done))
                    os.replace(new.name, file)  # all of it or nothing
        except nats.errors.Error as error:
            if not isinstance(error, nats.errors.TimeoutError):
                print(f"NATS: {error}; trying again", file=sys.stderr)
                await asyncio.sleep(1)
        finally:
            if entries:
                await entries.unsubscribe()

asyncio.run(follow(*sys.argv[1:]))
