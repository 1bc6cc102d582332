//! What stands in the ledger is what the published schemas say, of every type.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

use linchpin_domain::decision::Decision;
use linchpin_domain::fact::Fact;
use linchpin_domain::genesis::Genesis;
use linchpin_domain::wire;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Value, json};

fn kinds() -> impl Iterator<Item = (&'static str, u32)> {
    let genesis = (Genesis::NAME, wire::newest_version(Genesis::NAME).unwrap());
    std::iter::once(genesis)
        .chain(Fact::KINDS.iter().copied())
        .chain(Decision::KINDS.iter().copied())
}

fn golden(name: &str, version: u32) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let text = std::fs::read_to_string(format!("{folder}/{name}.v{version}.json")).unwrap();
    let body = wire::decode(name, version, text.trim_end()).unwrap();
    serde_json::from_str(&wire::encode(&body).unwrap().1).unwrap()
}

fn validator(name: &str, contract: Contract) -> jsonschema::Validator {
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.inline_subschemas = true;
        settings.contract = contract;
    });
    let schema = wire::schema(name, &mut settings.into_generator()).unwrap();
    jsonschema::validator_for(schema.as_value()).unwrap()
}

/// The same with something wrong, in each of several ways.
fn broken(good: &Value) -> Vec<Value> {
    let fields = good.as_object().unwrap();
    let mut broken = vec![json!(null), json!([good]), json!("text")];
    let mut more = fields.clone();
    more.insert("unheard_of".to_owned(), json!(1));
    broken.push(Value::Object(more));
    for name in fields.keys() {
        let mut other = fields.clone();
        other.insert(name.clone(), json!({"not": "this"}));
        broken.push(Value::Object(other));
    }
    broken
}

#[test]
fn every_stored_body_is_what_its_schema_says_and_nothing_else_is() {
    for (name, newest) in kinds() {
        let schema = validator(name, Contract::Serialize);
        let good = golden(name, newest);
        if let Err(error) = schema.validate(&good) {
            panic!("{name}: {error}\n{good}");
        }
        for bad in broken(&good) {
            assert!(!schema.is_valid(&bad), "{name} takes {bad}");
        }
    }
    assert!(wire::schema("moon.landed", &mut SchemaSettings::draft07().into_generator()).is_none());
}

#[test]
fn personal_data_is_sealed_where_it_is_stored_and_open_where_it_is_told() {
    let (stored, told) = (
        validator("contact.joined", Contract::Serialize),
        validator("contact.joined", Contract::Deserialize),
    );
    let sealed = golden("contact.joined", 1);
    let open = json!({
        "account": "crm:0015g", "contact": "crm:c1", "person": {"name": "Erika Mustermann"},
    });
    assert!(stored.is_valid(&sealed) && !told.is_valid(&sealed));
    assert!(told.is_valid(&open) && !stored.is_valid(&open));
}

#[test]
fn what_the_reader_of_told_facts_refuses_their_schema_refuses() {
    for (name, newest) in Fact::KINDS {
        let schema = validator(name, Contract::Deserialize);
        let mut good = golden(name, *newest);
        if let Some(person) = good.get_mut("person") {
            *person = json!({"name": "Erika Mustermann"});
        }
        assert!(schema.is_valid(&good), "{name}: {good}");
        for bad in broken(&good) {
            let read = Fact::decode(name, &bad.to_string()).unwrap().is_ok();
            assert!(!read && !schema.is_valid(&bad), "{name} takes {bad}");
        }
    }
}
