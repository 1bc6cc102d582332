//! linchpin-bus
