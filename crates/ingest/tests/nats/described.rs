//! What the AsyncAPI document says is what the doors take and answer.

use async_nats::Message;
use linchpin_domain::fact::Fact;
use linchpin_ingest::nats::{answer_requests, asyncapi};
use serde_json::{Map, Value, json};

use crate::{STRUCTURED, Site, headers, registered, until};

fn validator(schema: &Value) -> jsonschema::Validator {
    let mut whole = schema.clone();
    whole["components"] = asyncapi("linchpin.ingest", "linchpin.inbox")["components"].clone();
    jsonschema::draft7::new(&whole).unwrap()
}

/// What is wrong with a message that is said to be of a kind.
fn wrong_with(kind: &str, message: &Message) -> Vec<String> {
    let described =
        asyncapi("linchpin.ingest", "linchpin.inbox")["components"]["messages"][kind].clone();
    let told = message.headers.clone().unwrap_or_default();
    let told: Map<String, Value> =
        told.iter().map(|(name, values)| (name.to_string(), json!(values[0].as_str()))).collect();
    let body: Value = serde_json::from_slice(&message.payload).unwrap();
    let mut wrong = Vec::new();
    for (part, value) in [("headers", json!(told)), ("payload", body)] {
        let schema = validator(&described[part]);
        wrong.extend(schema.iter_errors(&value).map(|error| format!("{part}: {error}")));
    }
    wrong
}

#[test]
fn every_fact_that_may_be_told_is_described() {
    let schema = validator(&json!({"$ref": "#/components/schemas/Event"}));
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/tests/golden");
    for (name, version) in Fact::KINDS {
        let data = std::fs::read_to_string(format!("{golden}/{name}.v{version}.json")).unwrap();
        let mut data: Value = serde_json::from_str(&data).unwrap();
        if let Some(person) = data.get_mut("person") {
            *person = json!({"name": "Erika Mustermann"});
        }
        let event = json!({
            "specversion": "1.0", "id": "1", "source": "/crm", "data": data,
            "type": format!("linchpin.{name}"), "time": "2024-05-01T10:00:00Z",
        });
        // Written rules are adopted by command, not told.
        let may_be_told = !name.ends_with(".adopted");
        assert_eq!(schema.is_valid(&event), may_be_told, "{name}");
        for (member, bad) in [
            ("type", json!("linchpin.moon.landed")),
            ("data", json!({"unheard_of": 1})),
            ("id", json!("")),
            ("specversion", json!("0.3")),
            ("time", json!(7)),
        ] {
            let mut event = event.clone();
            event[member] = bad;
            assert!(!schema.is_valid(&event), "{name} with another {member}");
        }
    }
}

#[tokio::test]
async fn the_answers_are_as_described() {
    let Some(site) = Site::new().await else { return };
    let (ledger, client) = (site.ledger(), site.client.clone());
    let running = site.start(|stop| async move {
        answer_requests(ledger, client, "linchpin.ingest".to_owned(), stop).await
    });
    until("requests are answered", async || {
        site.client.request("linchpin.ingest", "{}".into()).await.is_ok()
    })
    .await;
    let ask = async |body: String| {
        let given = headers(&[("Content-Type", STRUCTURED)]);
        site.client.request_with_headers("linchpin.ingest", given, body.into()).await.unwrap()
    };
    let stored = ask(registered("1", "One")).await;
    let there = ask(registered("1", "One")).await;
    let refused = ask(registered("1", "Two")).await;
    let broken = ask("{\n]".to_owned()).await;
    for receipt in [&stored, &there] {
        assert_eq!(wrong_with("receipt", receipt), [""; 0]);
        assert!(!wrong_with("problem", receipt).is_empty());
    }
    for problem in [&refused, &broken] {
        assert_eq!(wrong_with("problem", problem), [""; 0]);
        assert!(!wrong_with("receipt", problem).is_empty());
    }
    running.stop().await;
}
