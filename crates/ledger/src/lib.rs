//! linchpin-ledger
