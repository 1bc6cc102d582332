//! The case that started it all, in plain words: a client's subsidiary asks for staff through
//! another recruiter, the only earlier engagement was one placement three years ago, and
//! management says that this is no key account.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_tests::{Answer, Desk, Place};
use serde_json::{Value, json};

const EVENT: &str = "application/cloudevents+json";
const JSON: &str = "application/json";
const REASON: &str = "One placement three years ago gives nobody a claim on the whole group.";

/// A firm with two recruiters and a director, and its desk.
struct Firm {
    desk: Desk,
    today: Date,
    told: u32,
}

impl Firm {
    fn start(place: &Place) -> Self {
        let desk = Desk::start(place);
        let clocks = desk.get("/v1/accounts?limit=1").json()["clocks"].clone();
        let today: Date = clocks["as_of"].as_str().unwrap().parse().unwrap();
        let mut firm = Self { desk, today, told: 0 };
        for (member, name, role) in [
            ("marit", "Marit Berg", "key-account director"),
            ("jonas", "Jonas Lind", "account manager"),
            ("eva", "Eva Holm", "account manager"),
        ] {
            let member = format!("staff:{member}");
            let named = json!({"member": member, "person": {"name": name}, "role": role});
            firm.tells("member.named", firm.days_ago(3_000), &named);
        }
        firm
    }

    fn days_ago(&self, days: i64) -> Date {
        self.today.checked_sub(days.days()).unwrap()
    }

    fn tells(&mut self, kind: &str, on: Date, data: &Value) {
        self.told += 1;
        let event = json!({
            "specversion": "1.0", "id": self.told.to_string(), "source": "/desk",
            "type": format!("linchpin.{kind}"), "time": format!("{on}T08:00:00Z"), "data": data,
        });
        let answer = self.desk.post("/v1/events", EVENT, event.to_string());
        assert_eq!(answer.status, 201, "{}", answer.body);
    }

    /// A client, for which Jonas placed one person three years ago, and its subsidiary, which has
    /// just asked Eva for staff.
    fn subsidiary_asks_through_another(&mut self, parent: [&str; 2], subsidiary: [&str; 2]) {
        let (three_years_ago, yesterday) = (self.days_ago(3 * 365), self.days_ago(1));
        for [id, name] in [parent, subsidiary] {
            let registered = json!({"account": format!("crm:{id}"), "name": name});
            self.tells("account.registered", three_years_ago, &registered);
        }
        let [(parent, by), (subsidiary, other)] = [(parent[0], "jonas"), (subsidiary[0], "eva")];
        let below =
            json!({"account": format!("crm:{subsidiary}"), "parent": format!("crm:{parent}")});
        self.tells("account.parent_set", three_years_ago, &below);
        for (account, by, on) in [(parent, by, three_years_ago), (subsidiary, other, yesterday)] {
            let placed = json!({
                "account": format!("crm:{account}"), "engagement": format!("crm:work-for-{account}"),
                "kind": "placement", "by": format!("staff:{by}"),
            });
            self.tells("engagement.recorded", on, &placed);
        }
        self.desk.settle();
    }

    fn reads(&self, path: &str) -> Value {
        let answer = self.desk.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    fn asks(&self, client: &str, act: &str, body: Value) -> Answer {
        self.desk.post(&format!("/v1/accounts/crm:{client}/{act}"), JSON, body.to_string())
    }

    /// The alert that two of us work one client.
    fn alert(&self, client: &str) -> Value {
        let alerts = self.reads("/v1/alerts");
        let alerts = alerts["alerts"].as_array().unwrap().iter();
        let mut found = alerts
            .filter(|alert| alert["rule"] == "worked-by-two" && alert["account_name"] == client);
        let alert = found.next().unwrap_or_else(|| panic!("no alert about {client}")).clone();
        assert!(found.next().is_none(), "one question, one alert");
        alert
    }
}

impl Firm {
    /// Management says that this is no key account, and the desk says so too: of each criterion it
    /// names the figure and the points, and nobody can nominate it past them.
    fn says_no_as_management_does(&self) {
        for client in ["norrland", "panels"] {
            let why = self.reads(&format!("/v1/accounts/crm:{client}/explain"));
            assert_eq!(why["status"], "standard", "{why}");
            let criteria = why["criteria"].as_array().unwrap();
            let points: u64 = criteria.iter().map(|it| it["points"].as_u64().unwrap()).sum();
            assert_eq!(Some(points), why["points"].as_u64(), "{why}");
            assert!(points < why["stays_from"].as_u64().unwrap(), "{why}");
            let revenue = criteria.iter().find(|it| it["id"] == "revenue").unwrap();
            assert_eq!(revenue["points"], 0, "{revenue}");
            let frequency = criteria.iter().find(|it| it["id"] == "frequency").unwrap();
            assert_eq!(frequency["points"], 0, "{frequency}");
            let sentence = why["sentence"].as_str().unwrap();
            assert!(sentence.contains("short of a key account"), "{sentence}");
        }
        let nominated = self.asks(
            "panels",
            "nominate",
            json!({"by": "staff:eva", "reason": "They will grow."}),
        );
        assert_eq!(nominated.status, 409, "{}", nominated.body);
        let detail = nominated.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("45 needed; override it instead"), "{detail}");
    }

    /// It flags the ownership question, to the director, with what the policy says.
    fn flags_the_question(&self) {
        let alert = self.alert("Norrland Panels");
        assert_eq!(
            (&alert["state"], &alert["to"]),
            (&json!("open"), &json!("Marit Berg")),
            "{alert}"
        );
        let says = alert["why"].as_str().unwrap();
        assert!(says.contains("by Jonas Lind"), "{says}");
        assert!(says.contains("a parent’s history does not count"), "{says}");
        let ownership = self.reads("/v1/accounts/crm:panels/ownership");
        assert_eq!(ownership["case"]["in_group"], true, "{ownership}");
        assert_eq!(ownership["case"]["new_to_us"], true, "{ownership}");
        assert_eq!(ownership["case"]["dormant"], true, "three years are too long: {ownership}");
        assert_eq!(ownership["case"]["earlier_work_counts"], false, "{ownership}");
        assert_eq!(ownership["precedents"], json!([]), "nothing like it was ruled before");
    }

    /// Only the director rules, with a reason; and that resolves the alert.
    fn takes_the_ruling(&self) {
        let ruling = |by: &str| {
            json!({
                "owner": "staff:eva", "by": format!("staff:{by}"), "reason": REASON,
                "parent_history_counts": false,
            })
        };
        let refused = self.asks("panels", "rule", ruling("jonas"));
        assert_eq!(refused.status, 403, "{}", refused.body);
        let mut without = ruling("marit");
        without["reason"] = json!("");
        assert_eq!(self.asks("panels", "rule", without).status, 422);
        let ruled = self.asks("panels", "rule", ruling("marit"));
        assert_eq!(ruled.status, 201, "{}", ruled.body);
        assert_eq!(self.asks("panels", "rule", ruling("marit")).status, 200, "twice is once");
        self.desk.settle();
        let alert = self.alert("Norrland Panels");
        assert_eq!(alert["state"], "resolved", "{alert}");
        let ownership = self.reads("/v1/accounts/crm:panels/ownership");
        assert_eq!(ownership["owner"]["name"], "Eva Holm", "{ownership}");
        let history = self.reads("/v1/accounts/crm:panels/history");
        let sentences: Vec<&str> = history["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["sentence"].as_str().unwrap())
            .collect();
        assert!(sentences.iter().any(|it| it.contains(REASON)), "{sentences:?}");
        assert!(sentences.iter().any(|it| it.contains("Reason: ruled")), "{sentences:?}");
    }

    /// The next like case is answered with that precedent.
    fn answers_with_the_precedent(&mut self) {
        self.subsidiary_asks_through_another(["vesta", "Vesta Foods"], ["dairy", "Vesta Dairy"]);
        assert_eq!(self.alert("Vesta Dairy")["state"], "open");
        let ownership = self.reads("/v1/accounts/crm:dairy/ownership");
        let precedent = &ownership["precedents"][0];
        assert_eq!(precedent["name"], "Norrland Panels", "{ownership}");
        assert_eq!(precedent["owner"]["name"], "Eva Holm", "{ownership}");
        assert_eq!(precedent["by"]["name"], "Marit Berg", "{ownership}");
        assert_eq!(precedent["reason"], REASON, "{ownership}");
        assert_eq!(precedent["parent_history_counts"], false, "{ownership}");
        assert_eq!(precedent["alike"], 4, "alike in all that cases are compared by: {ownership}");
    }
}

#[test]
fn a_subsidiary_comes_back_through_another_recruiter() {
    let place = Place::new();
    place.run(&["init", "--firm", "Nordic Staffing", "--time-zone", "Europe/Stockholm"]);
    let mut firm = Firm::start(&place);
    firm.subsidiary_asks_through_another(
        ["norrland", "Norrland Timber"],
        ["panels", "Norrland Panels"],
    );
    firm.says_no_as_management_does();
    firm.flags_the_question();
    firm.takes_the_ruling();
    firm.answers_with_the_precedent();

    // And all that was decided follows from what was told.
    assert!(firm.desk.stop());
    let replay = place.json(&["audit", "replay", "--json"]);
    assert_eq!(replay["differences"], json!([]), "{replay}");
    assert_eq!(replay["not_yet_decided"], 0, "{replay}");
}
