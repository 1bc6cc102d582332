//! Ids of other systems: whoever tells of `crm:0015g` also links the client to that id, once.

use jiff::Timestamp;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::{ExternalRefLinked, Fact};
use linchpin_domain::id::{EntryId, OutsideRef};
use linchpin_ledger::{NewEntry, Repeat};
use serde::Deserialize;
use uuid::Uuid;

/// Who links: not the teller of the fact, for it may be any of many, in any order.
pub const LINK_ACTOR: &str = "desk:ingest";

/// The fact that another system knows a client under this id.
///
/// Every part of it follows from the reference alone, so that it is the same entry whichever fact
/// brings it first. It says nothing about when the client came to us: it stands at the beginning
/// of time, and the account fold counts no day for it.
pub fn link(outside: &OutsideRef) -> NewEntry {
    NewEntry {
        id: EntryId::named(&format!("link:{outside}")),
        occurred_at: Some(Timestamp::UNIX_EPOCH),
        actor: LINK_ACTOR.to_owned(),
        correlation: None,
        causation: None,
        body: Body::Fact(Fact::ExternalRefLinked(ExternalRefLinked::from(outside))),
        repeat: Repeat::KeepFirst,
    }
}

/// The clients that a fact's JSON names by an outside reference, each once, in the order of their
/// fields. Clients named by UUID, and JSON of another shape, give none.
pub fn outside_refs(data: &str) -> Vec<OutsideRef> {
    let Ok(named) = serde_json::from_str::<Named>(data) else { return Vec::new() };
    let mut refs = Vec::new();
    for text in [named.account, named.parent, named.to, named.brought].into_iter().flatten() {
        if Uuid::try_parse(&text).is_ok() {
            continue;
        }
        if let Ok(outside) = text.parse::<OutsideRef>()
            && !refs.contains(&outside)
        {
            refs.push(outside);
        }
    }
    refs
}

/// The fields of facts that name a client.
#[derive(Deserialize)]
struct Named {
    account: Option<String>,
    parent: Option<String>,
    to: Option<String>,
    brought: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_the_same_entry_every_time() {
        let outside: OutsideRef = "crm:0015g".parse().unwrap();
        let (one, two) = (link(&outside), link(&outside));
        assert_eq!((one.id, one.occurred_at, one.body), (two.id, two.occurred_at, two.body));
    }

    #[test]
    fn clients_are_found_by_outside_reference_only() {
        let data = r#"{"account":"crm:a","parent":"crm:b","brought":"crm:a","contact":"crm:c"}"#;
        let found: Vec<String> = outside_refs(data).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["crm:a", "crm:b"]);
        let by_uuid = r#"{"account":"6c696e63-6870-4e69-8000-6465736b0001"}"#;
        assert!(outside_refs(by_uuid).is_empty());
        assert!(outside_refs("[1]").is_empty());
    }
}
