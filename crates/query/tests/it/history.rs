//! Each kind of entry in a sentence.

use linchpin_domain::decision::*;
use linchpin_domain::entry::{Body, Entry, MadeFrom, Stream};
use linchpin_domain::fact::*;
use linchpin_domain::id::EntryId;
use linchpin_domain::policy::Status;
use linchpin_query::view::{history_item, sentence};

use super::story::{Story, at, contact, day, member};

fn last(story: &Story) -> String {
    sentence(&story.desk, story.entries.last().unwrap())
}

#[test]
fn facts_are_told_with_names_never_with_ids() {
    let mut story = Story::begin();
    assert_eq!(
        sentence(&story.desk, &story.entries[0]),
        "The simulated ledger of Test Staffing was created: sums in EUR, days of Europe/Berlin."
    );
    let id = story.client("2026-01-10", "Brackwater");
    assert_eq!(last(&story), "It is known to crm as Brackwater.");
    let mut link = story.entries.last().unwrap().clone();
    link.occurred_at = jiff::Timestamp::UNIX_EPOCH;
    let item = history_item(&story.desk, &link);
    assert_eq!((item.true_since(), item.listed_at(), item.days_late), (None, link.recorded_at, 0));
    story.credit("2026-09-22", id, "31400");
    assert!(last(&story).ends_with("of €31,400."), "{}", last(&story));
    story.joins("2026-02-01", id, "Jane Doe", Level::Director, BuyingRole::Champion);
    assert_eq!(last(&story), "Jane Doe joined: Head of people, director, champion.");
    story.leaves("2026-11-16", id, "Jane Doe");
    assert_eq!(last(&story), "Jane Doe left.");
    let contract = story.framework("2026-03-01", id, "2027-02-28");
    assert_eq!(
        last(&story),
        "Framework agreement signed: 1 March to 28 February 2027, notice 90 days before."
    );
    story.tell("2026-05-01", RenewalTalksStarted { account: id, contract });
    assert_eq!(last(&story), "Talks about the next term of Framework agreement started.");
    story.owned("2026-05-01", id, "Maija Virtanen");
    assert_eq!(last(&story), "Maija Virtanen is the account manager.");
    story.tell(
        "2026-05-01",
        InteractionHeld {
            account: id,
            kind: InteractionKind::Call,
            contact: Some(contact("Jane Doe")),
            by: Some(member("Kari Berg")),
            person: linchpin_domain::private::Private::default(),
        },
    );
    assert_eq!(last(&story), "Call with Jane Doe, by Kari Berg.");
}

#[test]
fn every_golden_entry_has_a_sentence_without_an_id_in_it() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/tests/golden");
    let story = Story::begin();
    let kinds = Fact::KINDS.iter().chain(Decision::KINDS);
    for (at_position, (name, version)) in kinds.enumerate() {
        let payload = std::fs::read_to_string(format!("{folder}/{name}.v{version}.json")).unwrap();
        let body = Fact::decode(name, &payload)
            .map(|fact| Body::Fact(fact.unwrap()))
            .or_else(|| Decision::decode(name, &payload).map(|it| Body::Decision(it.unwrap())))
            .unwrap();
        let entry = entry(body, at_position as u64 + 100);
        let sentence = sentence(&story.desk, &entry);
        assert!(sentence.ends_with(['.', '”']), "{name}: {sentence}");
        assert!(
            sentence.starts_with(|first: char| first.is_uppercase() || !first.is_ascii()),
            "{name}: {sentence}"
        );
        let id = sentence
            .split(|c: char| !c.is_ascii_hexdigit() && c != '-')
            .any(|word| word.len() == 36 && word.matches('-').count() == 4);
        assert!(!id, "{name}: {sentence}");
    }
}

fn entry(body: Body, position: u64) -> Entry {
    Entry {
        position,
        id: EntryId::named(&position.to_string()),
        stream: body.stream(),
        version: 1,
        occurred_at: at("2026-11-17"),
        recorded_at: at("2026-11-20"),
        actor: "test".to_owned(),
        correlation: None,
        body,
    }
}

#[test]
fn late_and_retracted_facts_are_marked() {
    let mut story = Story::begin();
    let id = story.client("2026-11-19", "Brackwater");
    let fact = story.invoice("2026-11-02", id, "100");
    let told = story.entries.last().unwrap().clone();
    let before = history_item(&story.desk, &told);
    assert_eq!((before.days_late, before.retracted, before.class.as_str()), (17, false, "fact"));
    story.tell("2026-11-20", FactRetracted::of_account(id, fact, "sent twice"));
    assert!(history_item(&story.desk, &told).retracted);
    assert_eq!(last(&story), "A fact was taken back: “sent twice”");
}

#[test]
fn decisions_say_what_was_concluded() {
    let mut story = Story::begin();
    let id = story.client("2026-01-10", "Brackwater");
    let change = StatusChanged {
        account: id,
        ordinal: 1,
        from: Status::Standard,
        to: Status::Key,
        since: day("2026-11-16"),
        points: 74,
        out_of: 100,
        criteria: Vec::new(),
        made_from: MadeFrom { position: 3, on: day("2026-11-17"), version: 1 },
    };
    story.decide("2026-11-17", "desk:classifier", Decision::StatusChanged(change));
    assert_eq!(last(&story), "Assessed: a key account since 16 November, with 74 of 100 points.");
    assert_eq!(history_item(&story.desk, story.entries.last().unwrap()).class, "decision");
}

#[test]
fn an_entry_of_a_newer_kind_is_shown_as_such() {
    let story = Story::begin();
    let mut entry = entry(Body::Unknown { name: "weather.changed".to_owned() }, 99);
    entry.stream = Stream::Firm;
    assert_eq!(
        sentence(&story.desk, &entry),
        "An entry of a kind this version does not know: weather.changed."
    );
}

#[test]
fn a_merge_names_both_as_they_were_told_whoever_reads_it() {
    let mut story = Story::begin();
    let (id, into) = (story.client("2026-01-10", "Acme GmbH"), story.client("2026-01-10", "Acme"));
    let reason = || "one entry in the register".to_owned();
    story.tell("2026-02-01", AccountsMerged { account: id, into, reason: reason() });
    assert_eq!(story.desk.account(id).unwrap().id, into, "the history is the survivor's");
    let said = "Acme GmbH is the same client as Acme: “one entry in the register”";
    assert_eq!(last(&story), said);
    story.tell("2026-03-01", AccountsUnmerged { account: id, from: into, reason: reason() });
    let said = "Acme GmbH is another client than Acme after all: “one entry in the register”";
    assert_eq!(last(&story), said);
}
