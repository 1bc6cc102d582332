//! Three nats-servers in a cluster.

use super::{NatsServer, Ports, TRIES, nats_server};

/// Three nats-servers that keep each stream thrice.
#[derive(Debug)]
pub struct NatsCluster {
    /// The servers.
    pub servers: [NatsServer; 3],
}

impl NatsCluster {
    /// A cluster that serves; `None` where there is no nats-server.
    pub fn new() -> Option<Self> {
        Self::with("")
    }

    /// A cluster with more lines in the configuration of each server.
    ///
    /// # Panics
    /// Where it does not begin to serve.
    pub fn with(more: &str) -> Option<Self> {
        let binary = nats_server()?;
        for _ in 0..TRIES {
            let ports = [(); 3].map(|()| Ports::free());
            let routes: Vec<String> =
                ports.iter().map(|p| format!("nats-route://127.0.0.1:{}", p.cluster)).collect();
            let mut number = 0;
            let mut servers = ports.map(|own| {
                number += 1;
                let server = NatsServer::prepared(&binary, &format!("n{number}"), own);
                let cluster = format!(
                    "cluster {{ name: test, listen: \"127.0.0.1:{}\", routes: [{}] }}\n{more}",
                    own.cluster,
                    routes.join(", "),
                );
                server.configure(&cluster);
                server
            });
            servers.iter_mut().for_each(NatsServer::spawn);
            if servers.iter_mut().all(NatsServer::serves) {
                return Some(Self { servers });
            }
        }
        panic!("no cluster of nats-servers began to serve in {TRIES} tries");
    }

    /// Where clients connect to.
    pub fn urls(&self) -> Vec<String> {
        self.servers.iter().map(NatsServer::url).collect()
    }

    /// The server of a name, as JetStream names a stream's leader.
    pub fn named(&mut self, name: &str) -> Option<&mut NatsServer> {
        self.servers.iter_mut().find(|server| server.name == name)
    }

    /// Kills all three at once.
    pub fn kill(&mut self) {
        self.servers.iter_mut().for_each(NatsServer::kill);
    }

    /// Starts those that do not run, and waits until all serve.
    ///
    /// # Panics
    /// Where one does not begin to serve.
    pub fn start(&mut self) {
        for server in self.servers.iter_mut().filter(|server| server.child.is_none()) {
            server.spawn();
        }
        for server in &mut self.servers {
            assert!(
                server.serves(),
                "nats-server {} does not serve: {}",
                server.name,
                server.tail()
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_survives_the_loss_of_one() {
        let Some(mut cluster) = NatsCluster::new() else { return };
        cluster.servers[0].kill();
        assert!(cluster.servers[1].is_healthy());
        cluster.start();
        assert!(cluster.servers.iter().all(NatsServer::is_healthy));
        assert!(cluster.named("n2").is_some());
    }
}
