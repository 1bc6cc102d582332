//! linchpin-notifier
