//! The lock on the doors: who may ask the desk, and how much of its time anyone may take.
//!
//! A [`Token`] is a random secret with a [`Role`]; the ledger keeps its hash. The [`Gate`] stands
//! around every route of a process: on loopback it asks for no token, but refuses borrowed names
//! and pages of other sites; on every other address nothing is told without one. [`serve`] keeps
//! slow and countless connections within bounds.

mod caller;
mod credentials;
mod describe;
mod gate;
mod guesses;
mod issue;
mod keeper;
mod linger;
mod listen;
mod need;
mod patient;
mod role;
mod serve;
mod site;
mod token;

pub use caller::{Caller, actor};
pub use describe::describe;
pub use gate::Gate;
pub use issue::{NotIssued, issue};
pub use listen::{Lock, NotSafe, may_listen};
pub use role::{NoSuchRole, Role};
pub use serve::{Peer, serve};
pub use token::{BadToken, Token};
