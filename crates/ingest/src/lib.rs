//! linchpin-ingest
