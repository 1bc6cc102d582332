//! linchpin-domain
