//! Who stands behind a request.

use std::sync::Arc;

use crate::role::Role;

/// Longest handle kept in an entry, in bytes: that of the ledger.
const MAX_ACTOR: usize = linchpin_ledger::MAX_ACTOR;

/// The holder of a token whose request was let in; an extension of that request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
}

impl Caller {
    /// What the token is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it may do.
    pub fn role(&self) -> Role {
        self.role
    }
}

/// Who is recorded as having told or done something: `token:NAME`, and behind a stroke who they
/// themselves say it was, such as `token:crm/event:hubspot`. Without a token it is what they say,
/// or `desk` where they say nothing. Cut to what the ledger keeps.
pub fn actor(caller: Option<&Caller>, said: Option<&str>) -> String {
    let mut actor = match (caller, said) {
        (None, None) => "desk".to_owned(),
        (None, Some(said)) => said.to_owned(),
        (Some(caller), None) => format!("token:{}", caller.name),
        (Some(caller), Some(said)) => format!("token:{}/{said}", caller.name),
    };
    while actor.len() > MAX_ACTOR {
        actor.pop();
    }
    actor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_stands_before_what_its_holder_says() {
        let caller = Caller { name: "crm".into(), role: Role::Writer };
        assert_eq!(actor(None, None), "desk");
        assert_eq!(actor(None, Some("page:anna")), "page:anna");
        assert_eq!(actor(Some(&caller), None), "token:crm");
        assert_eq!(actor(Some(&caller), Some("event:hub")), "token:crm/event:hub");
        let long = format!("event:{}", "é".repeat(200));
        let cut = actor(Some(&caller), Some(&long));
        assert!(cut.starts_with("token:crm/event:é") && cut.len() <= 200, "{cut}");
    }
}
