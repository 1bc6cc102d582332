//! linchpin-linchpin
fn main() {}
