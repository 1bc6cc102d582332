//! What is asked of a client, given what is known: what it comes to, or why it is turned down.

mod beforehand;
mod given;
mod group;
mod judge;
mod leave;
mod naming;
mod ownership;
mod status;
