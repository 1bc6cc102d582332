//! What the load tells: facts about a few clients, a function of the seed and their number.

use linchpin_domain::id::EntryId;
use serde_json::{Value, json};

/// Clients the facts are about.
pub(crate) const CLIENTS: u64 = 24;

const SOURCE: &str = "faults";

/// The outside id of a client.
pub(crate) fn client(number: u64) -> String {
    format!("faults:c{}", number % CLIENTS)
}

/// The fact of a number, as a CloudEvent.
pub(crate) fn event(seed: u64, number: u64) -> Value {
    let dice = mixed(seed, number);
    let account = client(dice >> 8);
    // Told of in any order: days go back and forth over two years.
    let day = |spread: u64| {
        let start = jiff::civil::date(2025, 1, 10);
        start.saturating_add(jiff::Span::new().days(i64::try_from(spread % 640).unwrap()))
    };
    let at = format!("{}T{:02}:00:00Z", day(dice >> 16), 6 + dice % 12);
    let contact = format!("{account}-p{}", (dice >> 24) % 5);
    let contract = format!("{account}-k{}", (dice >> 24) % 2);
    let (kind, data) = match dice % 11 {
        0 => (
            "account.registered",
            json!({ "account": account, "name": format!("Client {account}") }),
        ),
        1 | 2 => (
            "contact.joined",
            json!({ "account": account, "contact": contact, "title": "Head of Staff",
                    "role": "decision maker", "person": { "name": format!("Person {contact}") } }),
        ),
        3 => ("contact.left", json!({ "account": account, "contact": contact })),
        4 => (
            "contact.changed",
            json!({ "account": account, "contact": contact, "title": format!("Grade {}", dice % 9),
                    "person": { "name": format!("Person {contact}") } }),
        ),
        5 | 6 => (
            "engagement.recorded",
            json!({ "account": account, "engagement": format!("faults:e{number}"), "kind": "placement" }),
        ),
        7 | 8 => (
            "invoice.issued",
            json!({ "account": account, "invoice": format!("faults:i{number}"),
                    "amount": format!("{}.00", 500 + dice % 90_000), "currency": "EUR" }),
        ),
        9 => (
            "contract.signed",
            json!({ "account": account, "contract": contract, "kind": "framework",
                    "title": "Staff", "notice_days": 60,
                    "start": day(dice >> 16).to_string(),
                    "end": day(dice >> 16).saturating_add(jiff::Span::new().days(700)).to_string() }),
        ),
        _ if number > 20 => {
            // A fact told some time before is taken back.
            let before = number - 1 - (dice >> 32) % 20;
            let taken_back = event_id(before);
            (
                "fact.retracted",
                json!({ "account": told_about(seed, before), "fact": taken_back,
                                       "reason": "told by mistake" }),
            )
        }
        _ => ("account.renamed", json!({ "account": account, "name": format!("Client {number}") })),
    };
    json!({
        "specversion": "1.0", "id": number.to_string(), "source": SOURCE, "time": at,
        "type": format!("linchpin.{kind}"), "datacontenttype": "application/json", "data": data,
    })
}

/// The client that a fact is about.
fn told_about(seed: u64, number: u64) -> String {
    client(mixed(seed, number) >> 8)
}

/// The entry that a fact becomes: its id follows from the event's source and id.
pub(crate) fn entry(number: u64) -> EntryId {
    EntryId::named(&format!("{SOURCE}\n{number}"))
}

fn event_id(number: u64) -> String {
    entry(number).to_string()
}

/// A number without order (splitmix64).
pub(crate) fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(number.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
