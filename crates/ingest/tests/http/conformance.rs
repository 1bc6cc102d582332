//! The scenarios of the CloudEvents conformance suite, HTTP protocol binding, with a type and
//! data of ours, since the desk takes no others.

use jiff::Timestamp;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::Fact;
use linchpin_domain::id::EntryId;

use crate::Site;

const DATA: &str = "{\n    \"account\": \"crm:1\", \"name\": \"Hello World!\"\n}";

async fn is_the_event(site: &Site) {
    let told = site.told().await;
    let [entry] = told.as_slice() else { panic!("{} entries", told.len()) };
    assert_eq!(entry.id, EntryId::named("/mycontext/subcontext\n1234-1234-1234"));
    assert_eq!(entry.actor, "event:/mycontext/subcontext");
    assert_eq!(entry.occurred_at, "2018-04-05T03:56:24Z".parse::<Timestamp>().unwrap());
    let Body::Fact(Fact::AccountRegistered(it)) = &entry.body else { panic!("{:?}", entry.body) };
    assert_eq!(it.name, "Hello World!");
}

#[tokio::test]
async fn binary_content_mode() {
    for media in ["application/json", "application/json; charset=utf-8"] {
        let site = Site::new().await;
        let headers = [
            ("host", "example.com"),
            ("ce-specversion", "1.0"),
            ("ce-type", "linchpin.account.registered"),
            ("ce-time", "2018-04-05T03:56:24Z"),
            ("ce-id", "1234-1234-1234"),
            ("ce-source", "/mycontext/subcontext"),
            ("content-type", media),
        ];
        let answer = site.post_with("/v1/events", &headers, DATA).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        is_the_event(&site).await;
    }
}

#[tokio::test]
async fn structured_content_mode() {
    for media in ["application/cloudevents+json", "application/cloudevents+json; charset=utf-8"] {
        let site = Site::new().await;
        let body = format!(
            "{{\"specversion\": \"1.0\", \"type\": \"linchpin.account.registered\",
               \"time\": \"2018-04-05T03:56:24Z\", \"id\": \"1234-1234-1234\",
               \"source\": \"/mycontext/subcontext\", \"datacontenttype\": \"application/json\",
               \"data\": {DATA}}}"
        );
        let answer = site.post("/v1/events", media, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        is_the_event(&site).await;
    }
}

#[tokio::test]
async fn both_modes_tell_the_same_entry() {
    let site = Site::new().await;
    let headers = [
        ("ce-specversion", "1.0"),
        ("ce-type", "linchpin.account.registered"),
        ("ce-time", "2018-04-05T03:56:24Z"),
        ("ce-id", "1234-1234-1234"),
        ("ce-source", "/mycontext/subcontext"),
        ("content-type", "application/json"),
    ];
    assert_eq!(site.post_with("/v1/events", &headers, DATA).await.status, 201);
    let body = format!(
        "{{\"specversion\":\"1.0\",\"type\":\"linchpin.account.registered\",\"data\":{DATA},
           \"time\":\"2018-04-05T05:56:24+02:00\",\"id\":\"1234-1234-1234\",
           \"source\":\"/mycontext/subcontext\"}}"
    );
    let answer = site.post("/v1/events", crate::STRUCTURED, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["recorded"], false);
    is_the_event(&site).await;
}

#[tokio::test]
async fn headers_are_percent_decoded_and_unquoted() {
    let site = Site::new().await;
    let headers = [
        ("ce-specversion", "1.0"),
        ("ce-type", "linchpin.account.registered"),
        ("ce-id", "Euro%20%E2%82%AC%20%F0%9F%98%80 100%"),
        ("ce-source", "\"/with \\\"quotes\\\"\""),
        ("ce-comexampleextension1", "value"),
        ("content-type", "application/json"),
    ];
    let answer = site.post_with("/v1/events", &headers, DATA).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let entry = site.told().await.pop().unwrap();
    assert_eq!(entry.id, EntryId::named("/with \"quotes\"\nEuro \u{20ac} \u{1f600} 100%"));
    assert_eq!(entry.actor, "event:/with \"quotes\"");

    let bad = [("ce-id", "%E2%82"), ("content-type", "application/json")];
    let detail = site.post_with("/v1/events", &bad, DATA).await.problem(400);
    assert!(detail.contains("`ce-id`"), "{detail}");
}
