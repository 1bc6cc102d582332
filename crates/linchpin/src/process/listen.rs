//! The address, and serving on it.

use std::net::SocketAddr;

use axum::Router;
use eyre::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Takes the address. Whether it may be listened on is known once the ledger is open, and nothing
/// is answered before.
pub(crate) async fn listen(address: SocketAddr) -> eyre::Result<TcpListener> {
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
    linchpin_access::serve(listener, app, stop).await.wrap_err("the desk stopped listening")
}
