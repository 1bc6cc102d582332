//! linchpin-web
