//! The address, and serving on it.

use std::net::SocketAddr;

use axum::Router;
use eyre::{Context, bail};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::stop::told;

/// Takes the address, loopback only: until there is access control, whoever can reach the desk
/// can read and change everything.
pub(crate) async fn listen(address: SocketAddr) -> eyre::Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "--listen {address}: the desk listens on loopback only (127.0.0.1 or [::1]), because it \
             has no access control yet and whoever reaches it can read and change everything; to \
             use it from another machine, forward the port with ssh"
        );
    }
    TcpListener::bind(address).await.wrap_err_with(|| {
        format!("--listen {address}: the address cannot be taken; another desk may be running there, choose another port")
    })
}

/// Answers until told to stop, then lets the answers under way go out.
pub(super) async fn serve(
    listener: TcpListener,
    app: Router,
    stop: watch::Receiver<bool>,
) -> eyre::Result<()> {
    axum::serve(listener, app)
        .with_graceful_shutdown(told(stop))
        .await
        .wrap_err("the desk stopped listening")
}
