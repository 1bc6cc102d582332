//! linchpin-query
