//! linchpin-testkit
