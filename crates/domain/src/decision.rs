//! Decisions: what the desk concludes. Each is an entry, so that an audit can recompute it.

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::entry::{MadeFrom, Stream};
use crate::fact::Role;
use crate::id::{AccountId, AlertId, ContactId, ContractId, MemberId};
use crate::policy::{CriterionResult, Status};

/// A client's status became another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusChanged {
    /// The client.
    pub account: AccountId,
    /// Which change of this account's status it is, counted from 1.
    pub ordinal: u32,
    /// The status recorded before.
    pub from: Status,
    /// The status from then on.
    pub to: Status,
    /// The first day for which the new status holds; earlier than the decision where a late
    /// fact showed it.
    pub since: Date,
    /// Points reached.
    pub points: u32,
    /// Points that could be reached.
    pub out_of: u32,
    /// What each criterion gave: the written reason.
    pub criteria: Vec<CriterionResult>,
    /// What it was decided from.
    pub made_from: MadeFrom,
}

/// How urgent an alert is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Severity {
    /// Cannot wait.
    #[serde(rename = "now")]
    Now,
    /// Soon.
    #[serde(rename = "soon")]
    Soon,
    /// To know.
    #[serde(rename = "know")]
    Know,
}

/// What an alert is about, beside the account. Ids only: names are looked up when it is read, so
/// that erasing a person erases them here too.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// A person at the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// A contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractId>,
    /// Our own people concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberId>,
}

/// A watch rule found something that someone must know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRaised {
    /// The client.
    pub account: AccountId,
    /// This alert: named by `key` and `episode`, so it can never be raised twice.
    pub alert: AlertId,
    /// What was found, spelled as rule, subject and date; the same finding has the same key.
    pub key: String,
    /// How often this finding has been raised, counted from 1.
    pub episode: u32,
    /// The watch rule's id.
    pub rule: String,
    /// How urgent it is.
    pub severity: Severity,
    /// What it is about.
    #[serde(default)]
    pub subject: Subject,
    /// The day on which it happened or will happen.
    pub day: Date,
    /// For a deadline: the lead time in days that has been reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_days: Option<u16>,
    /// Facts it rests on, by id.
    pub evidence: Vec<crate::id::EntryId>,
    /// To whom it goes at first: by role, and by name where the account has someone in that role.
    pub to: Recipient,
    /// What it was decided from.
    pub made_from: MadeFrom,
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// In which role.
    pub role: Role,
    /// Who that is; absent where the account has nobody in that role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
}

/// Why an alert is open no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Resolution {
    /// A late fact or a retraction showed that it never was so, or things have changed back.
    #[serde(rename = "no longer true")]
    NoLongerTrue,
    /// A closer lead time was reached and has its own alert.
    #[serde(rename = "a closer deadline alert took over")]
    TakenOver,
    /// Renewal talks have begun.
    #[serde(rename = "renewal talks started")]
    TalksStarted,
    /// The deadline is past.
    #[serde(rename = "the day has passed")]
    DayPassed,
    /// The contract has ended or notice was given.
    #[serde(rename = "the contract ends")]
    ContractEnds,
    /// It is no news any more.
    #[serde(rename = "no news any more")]
    NoNews,
    /// The watchlist in force has no such rule.
    #[serde(rename = "the rule is gone")]
    RuleGone,
    /// The dispute was ruled on.
    #[serde(rename = "ruled")]
    Ruled,
    /// The client was handed over to another colleague.
    #[serde(rename = "handed over")]
    HandedOver,
    /// The account was merged into another, whose alerts stand for both.
    #[serde(rename = "merged into another account")]
    Merged,
    /// It was confirmed, approved or refused.
    #[serde(rename = "decided")]
    Decided,
}

impl Resolution {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoLongerTrue => "no longer true",
            Self::TakenOver => "a closer deadline alert took over",
            Self::TalksStarted => "renewal talks started",
            Self::DayPassed => "the day has passed",
            Self::ContractEnds => "the contract ends",
            Self::NoNews => "no news any more",
            Self::RuleGone => "the rule is gone",
            Self::Ruled => "ruled",
            Self::HandedOver => "handed over",
            Self::Merged => "merged into another account",
            Self::Decided => "decided",
        }
    }
}

/// What an alert said holds no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertResolved {
    /// The client.
    pub account: AccountId,
    /// The alert.
    pub alert: AlertId,
    /// Why.
    pub reason: Resolution,
    /// What it was decided from.
    pub made_from: MadeFrom,
}

/// Why an alert that stands goes to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Passing {
    /// Who was told before has left the firm.
    #[serde(rename = "left the firm")]
    Left,
    /// Who was told before has the role no more.
    #[serde(rename = "has the role no more")]
    RoleLost,
    /// There was nobody in the role before.
    #[serde(rename = "nobody had the role")]
    RoleVacant,
    /// The watchlist in force tells another role.
    #[serde(rename = "the rule tells another role")]
    RuleChanged,
}

impl Passing {
    /// The reason in words, said of whoever was told before.
    pub fn words(self) -> &'static str {
        match self {
            Self::Left => "left the firm",
            Self::RoleLost => "has the role no more",
            Self::RoleVacant => "nobody had the role",
            Self::RuleChanged => "the rule tells another role",
        }
    }
}

/// An alert that stands goes to whoever has the role now. It is open again for them, whatever the
/// one before had done about it: who is told now has not taken it in hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertPassedOn {
    /// The client.
    pub account: AccountId,
    /// The alert.
    pub alert: AlertId,
    /// How often this alert has been passed on, counted from 1.
    pub ordinal: u32,
    /// Who was told before.
    pub from: Recipient,
    /// Who is told from then on.
    pub to: Recipient,
    /// Why.
    pub reason: Passing,
    /// What it was decided from.
    pub made_from: MadeFrom,
}

/// Someone took an alert in hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertAcknowledged {
    /// The client.
    pub account: AccountId,
    /// The alert.
    pub alert: AlertId,
    /// What they will do, where they said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Someone put an alert off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertSnoozed {
    /// The client.
    pub account: AccountId,
    /// The alert.
    pub alert: AlertId,
    /// The day on which it comes back.
    pub until: Date,
}

macro_rules! decisions {
    ($($name:ident $wire:literal $version:literal)*) => {
        /// A decision, of any kind.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant carries a struct of the same name that is documented")]
        pub enum Decision {
            $($name($name),)*
        }

        impl Decision {
            /// Every kind of decision: its name on the wire and its newest schema version.
            pub const KINDS: &[(&str, u32)] = &[$(($wire, $version),)*];

            /// The kind's name on the wire.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $wire,)* }
            }

            /// The schema version in which it is written.
            pub fn version(&self) -> u32 {
                match self { $(Self::$name(_) => $version,)* }
            }

            /// The client it is about.
            pub fn account(&self) -> AccountId {
                match self { $(Self::$name(decision) => decision.account,)* }
            }

            /// The stream it belongs to.
            pub fn stream(&self) -> Stream {
                Stream::Account(self.account())
            }

            /// Reads the newest schema version of a kind. `None` where the kind is unknown.
            ///
            /// # Errors
            /// Where the JSON is not of the kind's shape.
            pub fn decode(name: &str, payload: &str) -> Option<serde_json::Result<Self>> {
                Some(match name {
                    $($wire => serde_json::from_str(payload).map(Self::$name),)*
                    _ => return None,
                })
            }

            /// The JSON Schema of a kind's newest version. `None` where the kind is unknown.
            pub fn schema(name: &str, generator: &mut SchemaGenerator) -> Option<Schema> {
                Some(match name {
                    $($wire => generator.subschema_for::<$name>(),)*
                    _ => return None,
                })
            }

            /// The JSON in which it is stored.
            ///
            /// # Errors
            /// Never in practice: no decision holds a map whose keys are not texts.
            pub fn encode(&self) -> serde_json::Result<String> {
                match self { $(Self::$name(decision) => serde_json::to_string(decision),)* }
            }
        }

        $(impl From<$name> for Decision {
            fn from(decision: $name) -> Self {
                Self::$name(decision)
            }
        })*
    };
}

decisions! {
    StatusChanged "status.changed" 1
    AlertRaised "alert.raised" 1
    AlertPassedOn "alert.passed_on" 1
    AlertResolved "alert.resolved" 1
    AlertAcknowledged "alert.acknowledged" 1
    AlertSnoozed "alert.snoozed" 1
}
