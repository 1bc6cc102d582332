//! How a process is told to stop, and tells its parts, in order.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// The two signals inside a process: first the doors close, then those who conclude.
pub(super) struct Stop {
    doors: watch::Sender<bool>,
    work: watch::Sender<bool>,
}

impl Stop {
    pub(super) fn new() -> Self {
        Self { doors: watch::Sender::new(false), work: watch::Sender::new(false) }
    }

    /// Told when nothing more is to be taken in.
    pub(super) fn doors(&self) -> watch::Receiver<bool> {
        self.doors.subscribe()
    }

    /// Told when what was concluded is to be stored and work to end.
    pub(super) fn work(&self) -> watch::Receiver<bool> {
        self.work.subscribe()
    }

    pub(super) fn close_doors(&self) {
        self.doors.send_replace(true);
    }

    pub(super) fn end_work(&self) {
        self.work.send_replace(true);
    }
}

/// Waits until it is told to stop.
pub(super) async fn told(mut stop: watch::Receiver<bool>) {
    // It fails only where the sender is gone, which ends the process as well.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// SIGTERM and Ctrl-C, from when it was made on.
pub(super) struct Signals(Vec<Signal>);

impl Signals {
    pub(super) fn listen() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        Self(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let told = self.0.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if told { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}
