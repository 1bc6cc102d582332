//! The bus over NATS: a server of its own, and a relay that mirrors the ledger.

use linchpin_bus::nats::{Nats, Settings};
use linchpin_bus::{Bus, Relay};
use linchpin_ledger::Ledger;
use linchpin_testkit::NatsServer;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::feed::Way;

pub(crate) struct OverNats {
    bus: Bus,
    relay: JoinHandle<()>,
    /// As long as it is held the relay goes on.
    _stop: watch::Sender<bool>,
    _server: NatsServer,
}

impl Way for OverNats {
    async fn of(ledger: &Ledger) -> Option<Self> {
        let server = NatsServer::single()?;
        let settings = Settings { servers: vec![server.url()], ..Settings::default() };
        let nats = Nats::connect(settings).await.unwrap();
        let relay = Relay::new(ledger.clone(), nats.clone());
        let (stop, stopped) = watch::channel(false);
        let relay = tokio::spawn(async move { relay.run(stopped).await });
        let bus = Bus::over_nats(ledger.clone(), nats);
        Some(Self { bus, relay, _stop: stop, _server: server })
    }

    fn bus(&self) -> &Bus {
        &self.bus
    }
}

impl Drop for OverNats {
    fn drop(&mut self) {
        self.relay.abort();
    }
}
