//! The watchlist document: TOML, checked when it is read.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::decision::Severity;
use crate::fact::Role;
use crate::policy::{DocumentError, MAX_DOCUMENT, MAX_ID};

/// Most rules of a watchlist.
const MAX_RULES: usize = 100;

/// What a rule looks out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum Kind {
    /// Someone came to the client.
    #[serde(rename = "contact joined")]
    ContactJoined,
    /// Someone left.
    #[serde(rename = "contact left")]
    ContactLeft,
    /// Someone's title, level or role changed.
    #[serde(rename = "contact changed")]
    ContactChanged,
    /// There was a decision maker whom we knew, and there is none any more.
    #[serde(rename = "decision maker lost")]
    DecisionMakerLost,
    /// The last day for notice nears.
    #[serde(rename = "contract notice")]
    ContractNotice,
    /// The end of a term nears, and nothing follows by itself.
    #[serde(rename = "contract end")]
    ContractEnd,
    /// Colleagues claim the same client.
    #[serde(rename = "ownership disputed")]
    OwnershipDisputed,
    /// Somebody works a client while a colleague works it or its group.
    #[serde(rename = "worked by two")]
    WorkedByTwo,
    /// A nomination or a release waits for a yes.
    #[serde(rename = "approval pending")]
    ApprovalPending,
    /// The day nears on which a status lapses unless it is confirmed.
    #[serde(rename = "reassessment due")]
    ReassessmentDue,
}

impl Kind {
    /// Whether it watches a deadline, and so needs `lead_days`.
    pub fn is_deadline(self) -> bool {
        matches!(self, Self::ContractNotice | Self::ContractEnd | Self::ReassessmentDue)
    }

    /// Whether it tells news, which grows old, and so needs `news_days`.
    pub fn is_news(self) -> bool {
        matches!(
            self,
            Self::ContactJoined | Self::ContactLeft | Self::ContactChanged | Self::WorkedByTwo
        )
    }
}

/// One watch rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rule {
    /// Short name by which alerts refer to it.
    pub id: String,
    /// What it looks out for.
    pub kind: Kind,
    /// How urgent it is.
    pub severity: Severity,
    /// Who is told.
    pub to: Role,
    /// For a deadline: lead times in days, longest first.
    pub lead_days: Vec<u16>,
    /// For a deadline: lead times up to so many days cannot wait. 0 for none.
    pub now_within_days: u16,
    /// For news: for how many days it is news.
    pub news_days: u16,
}

/// The watch rules in force.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watchlist {
    /// Its name.
    pub name: String,
    /// In the order of the document.
    pub rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WatchlistToml {
    name: String,
    #[serde(rename = "rule", default)]
    rules: Vec<Spanned<RuleToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleToml {
    id: String,
    kind: Kind,
    severity: Severity,
    to: Role,
    lead_days: Option<Vec<u16>>,
    now_within_days: Option<u16>,
    news_days: Option<u16>,
}

impl Watchlist {
    /// Reads a watchlist.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        if text.len() > MAX_DOCUMENT {
            return Err(DocumentError::at(text, 0, format!("longer than {MAX_DOCUMENT} bytes")));
        }
        let read: WatchlistToml =
            toml::from_str(text).map_err(|e| DocumentError::from_toml(text, &e))?;
        if read.rules.len() > MAX_RULES {
            return Err(DocumentError::at(
                text,
                text.len(),
                format!("more than {MAX_RULES} rules"),
            ));
        }
        let mut rules: Vec<Rule> = Vec::with_capacity(read.rules.len());
        for spanned in read.rules {
            let at = spanned.span().start;
            let rule = rule(spanned.into_inner())
                .map_err(|message| DocumentError::at(text, at, message))?;
            if rules.iter().any(|other| other.id == rule.id) {
                let message = format!("rule `{}` stands twice: give each its own id", rule.id);
                return Err(DocumentError::at(text, at, message));
            }
            rules.push(rule);
        }
        Ok(Self { name: read.name, rules })
    }
}

fn rule(read: RuleToml) -> Result<Rule, String> {
    let wrong = |message: &str| Err(format!("rule `{}`: {message}", read.id));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if read.id.is_empty() || read.id.len() > MAX_ID || !read.id.chars().all(plain) {
        return wrong("an id is made of a-z, 0-9 and -, 60 of them at most");
    }
    let mut lead_days = read.lead_days.unwrap_or_default();
    lead_days.sort_unstable_by(|a, b| b.cmp(a));
    lead_days.dedup();
    if read.kind.is_deadline() == lead_days.is_empty() {
        return wrong(if read.kind.is_deadline() {
            "a deadline needs `lead_days` with at least one number"
        } else {
            "only deadlines take `lead_days`"
        });
    }
    if !read.kind.is_deadline() && read.now_within_days.is_some() {
        return wrong("only deadlines take `now_within_days`");
    }
    if read.kind.is_news() != read.news_days.is_some() {
        return wrong(if read.kind.is_news() {
            "news needs `news_days`: for how many days it is news"
        } else {
            "only news takes `news_days`"
        });
    }
    Ok(Rule {
        id: read.id,
        kind: read.kind,
        severity: read.severity,
        to: read.to,
        lead_days,
        now_within_days: read.now_within_days.unwrap_or(0),
        news_days: read.news_days.unwrap_or(0),
    })
}
