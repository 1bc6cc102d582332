//! A desk of a few clients, with things to do.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use linchpin_domain::entry::{Body as Said, MadeFrom};
use linchpin_domain::fact::*;
use linchpin_domain::id::*;
use linchpin_domain::money::{Currency, Decimal, Money};
use linchpin_domain::policy::FIRST_POLICY;
use linchpin_domain::private::Private;
use linchpin_domain::watch::{FIRST_WATCHLIST, look};
use linchpin_domain::{alert, decision::Decision};
use linchpin_query::ReadModel;
use linchpin_testkit::{TempLedger, told};
use tower::ServiceExt;

/// A client who tries to be a script.
pub(crate) const SCRIPT: &str = "<script>alert(1)</script>";
/// A client who tries to be a formula.
pub(crate) const FORMULA: &str = "=HYPERLINK(\"http://evil.example\",\"Oak, Ash & Co\")";

pub(crate) struct Desk {
    pub(crate) ledger: TempLedger,
    pub(crate) model: ReadModel,
    pub(crate) app: Router,
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::named(&format!("crm:{name}"))
}

impl Desk {
    /// A ledger without any client.
    pub(crate) async fn empty() -> Self {
        Self::over(TempLedger::real().await).await
    }

    async fn over(ledger: TempLedger) -> Self {
        let (policy, watchlist) = (FIRST_POLICY.to_owned(), FIRST_WATCHLIST.to_owned());
        let entries = vec![
            told("policy", "2022-01-01", PolicyAdopted { document: policy, approvals: Vec::new() }),
            told("watchlist", "2022-01-01", WatchlistAdopted { document: watchlist }),
        ];
        ledger.append(entries).await;
        let model = ReadModel::start(ledger.ledger().clone());
        let app = linchpin_query::router(model.clone(), Vec::new())
            .merge(linchpin_web::router(model.clone()));
        let app = linchpin_web::secure_headers(linchpin_web::html_errors(app));
        let desk = Self { ledger, model, app };
        desk.settled().await;
        desk
    }

    /// Four clients: one large with people, contracts and alerts, one disputed, two hostile.
    pub(crate) async fn busy() -> Self {
        let desk = Self::over(TempLedger::real().await).await;
        desk.told().await;
        desk
    }

    /// The same on a simulated ledger.
    pub(crate) async fn simulated() -> Self {
        let desk = Self::over(TempLedger::simulated().await).await;
        desk.told().await;
        desk
    }

    async fn told(&self) {
        let mut entries = people();
        for name in ["Oakfield Foods", "Ashdown Rail", SCRIPT, FORMULA] {
            entries.extend(client(name));
        }
        let large = account("Oakfield Foods");
        entries.extend(trade(large));
        entries.extend(contracts(large));
        entries.extend(contacts(large));
        entries.extend(claims(account("Ashdown Rail")));
        let entries = entries.into_iter().map(|(name, when, fact)| told(&name, &when, fact));
        self.ledger.append(entries.collect()).await;
        self.settled().await;
        self.raise().await;
    }

    /// Records the alerts that the watch rules call for today, as the notifier would.
    pub(crate) async fn raise(&self) {
        let (desk, today) = (self.model.desk(), self.model.today());
        let from = MadeFrom { position: desk.position(), on: today, version: 1 };
        let due = desk.accounts().flat_map(|account| {
            let found = look(&desk.client_of(account), today);
            alert::settle(desk.alerts(), desk.firm(), account.id, &found, from)
        });
        let decided = due.enumerate().map(|(index, decision): (usize, Decision)| {
            let mut entry =
                told(&format!("alert {index}"), "2024-06-01", contacts_placeholder(&decision));
            entry.body = Said::Decision(decision);
            entry
        });
        self.ledger.append(decided.collect()).await;
        self.settled().await;
    }

    pub(crate) async fn settled(&self) {
        self.model.reached(self.ledger.ledger().head().position).await;
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.app.clone().oneshot(request).await.unwrap()
    }

    /// What a browser gets.
    pub(crate) async fn get(&self, path: &str) -> Response<Body> {
        let request = Request::get(path).header(header::ACCEPT, "text/html,*/*;q=0.8");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A page that must be there.
    pub(crate) async fn page(&self, path: &str) -> String {
        let (status, page) = self.read(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }

    pub(crate) async fn read(&self, path: &str) -> (StatusCode, String) {
        let answer = self.get(path).await;
        (answer.status(), text(answer).await)
    }
}

pub(crate) async fn text(answer: Response<Body>) -> String {
    let read = to_bytes(answer.into_body(), 8 << 20).await.unwrap();
    String::from_utf8(read.to_vec()).unwrap()
}

/// What was told: under which name, when, and the fact.
type Facts = Vec<(String, String, Fact)>;

fn fact(name: &str, when: &str, fact: impl Into<Fact>) -> (String, String, Fact) {
    (name.to_owned(), when.to_owned(), fact.into())
}

/// Any fact will do: it is replaced by the decision.
fn contacts_placeholder(decision: &Decision) -> ReferralGiven {
    ReferralGiven { account: decision.account(), brought: None }
}

fn people() -> Facts {
    let named = |name: &str, role| {
        let it = MemberNamed { member: MemberId::named(name), person: Private::named(name), role };
        fact(&format!("member {name}"), "2022-01-02", it)
    };
    vec![
        named("Maija Meikäläinen", Role::AccountManager),
        named("Joe Bloggs", Role::AccountManager),
        named("Kari Nordmann", Role::Director),
    ]
}

fn client(name: &str) -> Facts {
    let id = account(name);
    let registered = AccountRegistered {
        account: id,
        name: name.to_owned(),
        country: Some("DE".to_owned()),
        sector: None,
    };
    let linked = ExternalRefLinked { account: id, source: "crm".to_owned(), id: name.to_owned() };
    let owned = OwnerAssigned { account: id, owner: MemberId::named("Maija Meikäläinen") };
    vec![
        fact(&format!("registered {name}"), "2022-02-01", registered),
        fact(&format!("linked {name}"), "2022-02-01", linked),
        fact(&format!("owned {name}"), "2022-02-02", owned),
    ]
}

fn trade(id: AccountId) -> Facts {
    let mut entries = Vec::new();
    for month in 0..24 {
        let day = format!("{}-{:02}-15", 2022 + (month + 5) / 12, (month + 5) % 12 + 1);
        let invoice = InvoiceIssued {
            account: id,
            invoice: InvoiceId::named(&format!("invoice {month}")),
            number: Some(format!("R-{month}")),
            amount: Decimal::new(4_000_050, 2),
            currency: Currency::EUR,
            cost: None,
            lines: Vec::new(),
        };
        let work = EngagementRecorded {
            account: id,
            engagement: EngagementId::named(&format!("work {month}")),
            kind: EngagementKind::Placement,
            title: None,
            by: None,
            until: None,
        };
        entries.push(fact(&format!("invoice {month}"), &day, invoice));
        entries.push(fact(&format!("work {month}"), &day, work));
    }
    entries
}

fn contracts(id: AccountId) -> Facts {
    let signed = |name: &str, kind, start: &str, end: &str, renews| {
        let it = ContractSigned {
            account: id,
            contract: ContractId::named(name),
            title: name.to_owned(),
            kind,
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            notice_days: Some(90),
            auto_renewal_months: renews,
            value_a_year: Some(Money { amount: Decimal::new(384_000, 0), currency: Currency::EUR }),
        };
        fact(&format!("signed {name}"), "2022-06-01", it)
    };
    vec![
        signed("Framework 2022", ContractKind::Framework, "2022-06-01", "2024-09-08", None),
        signed("Rates <2024>", ContractKind::RateCard, "2024-01-01", "2024-12-31", Some(12)),
    ]
}

fn contacts(id: AccountId) -> Facts {
    let joined = |name: &str, level, role| {
        let it = ContactJoined {
            account: id,
            contact: ContactId::named(name),
            person: Private {
                email: Some(format!("{}@oakfield.example", name.len())),
                ..Private::named(name)
            },
            title: "Head of something".to_owned(),
            level: Some(level),
            role: Some(role),
        };
        fact(&format!("joined {name}"), "2022-07-01", it)
    };
    let left = ContactLeft { account: id, contact: ContactId::named("Erika Mustermann") };
    vec![
        joined("Erika Mustermann", Level::Executive, BuyingRole::DecisionMaker),
        joined("Jane Doe", Level::Director, BuyingRole::Champion),
        joined("Jan Kowalski", Level::Specialist, BuyingRole::User),
        fact("left Erika", "2024-05-28", left),
    ]
}

fn claims(id: AccountId) -> Facts {
    let claimed = |name: &str, reason: &str| {
        let by = MemberId::named(name);
        let it = OwnershipClaimed { account: id, by, reason: reason.to_owned() };
        fact(&format!("claimed {name}"), "2024-05-20", it)
    };
    vec![
        claimed("Maija Meikäläinen", "Nine people placed since March."),
        claimed("Joe Bloggs", "Known since 2022."),
    ]
}
