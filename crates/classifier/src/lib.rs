//! linchpin-classifier
