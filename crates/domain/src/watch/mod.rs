//! The watch rules: given an account and a day, which alerts are due, which stay quiet and why,
//! and when to look next.
//!
//! A new rule is one file here and one line in [`Kind`].

mod contact;
mod contract;
mod deadline;
mod document;
mod ownership;
mod status;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

pub use document::{Kind, Rule, Watchlist};
pub use ownership::is_asked_whose;

use crate::account::Account;
use crate::decision::{Recipient, Resolution, Severity, Subject};
use crate::desk::Client;
use crate::desk::Firm;
use crate::fact::Role;
use crate::id::{EntryId, MemberId};
use crate::policy::Track;

/// The watchlist a new ledger adopts.
pub const FIRST_WATCHLIST: &str = include_str!("first.toml");

/// Something that someone must know.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's id in the watchlist.
    pub rule: String,
    /// How urgent it is.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// The day on which it happened or will happen.
    pub day: Date,
    /// For a deadline: the lead time in days that has been reached.
    pub lead_days: Option<u16>,
    /// Facts it rests on.
    pub evidence: Vec<EntryId>,
    /// To whom it goes.
    pub to: Recipient,
}

/// Why a rule stays quiet about something it looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    /// It belongs to the first picture of the account; nothing changed.
    FirstPicture,
    /// It happened too long ago to be news.
    OldNews,
    /// Things have changed back.
    Back,
    /// Another alert says it already.
    SaidByAnother,
    /// The lead time has not been reached.
    NotYet,
    /// A closer lead time has been reached and has its own alert.
    TakenOver,
    /// Renewal talks have begun.
    TalksStarted,
    /// The contract renews by itself, so it does not end.
    RenewsByItself,
    /// Notice was given or the contract has ended.
    EndsForGood,
    /// The day has passed.
    Passed,
    /// It was ruled on.
    Ruled,
    /// The client passed to another colleague.
    HandedOver,
    /// Nothing waits for a yes.
    NothingWaits,
    /// An override holds, whatever the answer.
    Overridden,
}

impl Quiet {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::FirstPicture => "it belongs to the first picture of the account",
            Self::OldNews => "it happened too long ago to be news",
            Self::Back => "things have changed back",
            Self::SaidByAnother => "another alert says it already",
            Self::NotYet => "the lead time has not been reached",
            Self::TakenOver => "a closer lead time has its own alert",
            Self::TalksStarted => "renewal talks have started",
            Self::RenewsByItself => "the contract renews by itself",
            Self::EndsForGood => "notice was given or the contract has ended",
            Self::Passed => "the day has passed",
            Self::Ruled => "it was ruled on",
            Self::HandedOver => "the client was handed over",
            Self::NothingWaits => "nothing waits for a yes",
            Self::Overridden => "an override holds, whatever the answer",
        }
    }

    fn resolution(self) -> Resolution {
        match self {
            Self::FirstPicture
            | Self::Back
            | Self::SaidByAnother
            | Self::NotYet
            | Self::RenewsByItself => Resolution::NoLongerTrue,
            Self::OldNews => Resolution::NoNews,
            Self::TakenOver => Resolution::TakenOver,
            Self::TalksStarted => Resolution::TalksStarted,
            Self::EndsForGood => Resolution::ContractEnds,
            Self::Passed => Resolution::DayPassed,
            Self::Ruled => Resolution::Ruled,
            Self::HandedOver => Resolution::HandedOver,
            Self::NothingWaits | Self::Overridden => Resolution::Decided,
        }
    }
}

/// What the rules found for an account on a day.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// What is due, by key. The key spells rule, subject and date.
    pub due: BTreeMap<String, Finding>,
    /// What was looked at and is not due, by key, with the reason.
    pub quiet: BTreeMap<String, Quiet>,
    /// The next day on which the outcome may differ by time passing alone.
    pub next: Option<Date>,
    rules: Vec<String>,
    merged: bool,
}

impl Look {
    /// At an account that was merged into another, whose alerts stand for both: nothing is due.
    pub fn merged() -> Self {
        Self { merged: true, ..Self::default() }
    }

    /// Why an alert with this key stands no more.
    pub fn resolution(&self, key: &str) -> Resolution {
        if self.merged {
            return Resolution::Merged;
        }
        if let Some(quiet) = self.quiet.get(key) {
            return quiet.resolution();
        }
        let rule = key.split('/').next().unwrap_or(key);
        if self.rules.iter().any(|known| known == rule) {
            Resolution::NoLongerTrue
        } else {
            Resolution::RuleGone
        }
    }

    fn again_on(&mut self, day: Option<Date>) {
        self.next = crate::policy::earlier(self.next, day);
    }
}

/// What a rule is given to look at, and where it says what it found.
struct Watcher<'a> {
    client: &'a Client<'a>,
    account: &'a Account,
    firm: &'a Firm,
    list: &'a Watchlist,
    rule: &'a Rule,
    today: Date,
    track: &'a OnceCell<Option<Track>>,
    kept: &'a mut Option<Track>,
    look: &'a mut Look,
}

impl Watcher<'_> {
    /// The client followed to the day, once for all rules. What it says may be another on its next
    /// day.
    fn track(&mut self) -> Option<Track> {
        let (client, today) = (self.client, self.today);
        let track = *self.track.get_or_init(|| {
            match self.kept {
                Some(track) => track.resume(client, today),
                None => *self.kept = Track::follow(client, today, &mut |_| {}),
            }
            *self.kept
        });
        self.look.again_on(track.and_then(|track| track.next()));
        track
    }

    fn key(&self, subject: &str, day: Date) -> String {
        format!("{}/{subject}/{day}", self.rule.id)
    }

    /// Whether the watchlist looks out for something.
    fn watches(&self, kind: Kind) -> bool {
        self.list.rules.iter().any(|rule| rule.kind == kind)
    }

    fn quiet(&mut self, key: String, why: Quiet) {
        self.look.quiet.insert(key, why);
    }

    fn due(&mut self, key: String, severity: Severity, mut what: What) {
        let older = what.evidence.len().saturating_sub(MAX_EVIDENCE);
        what.evidence.drain(..older);
        let to = recipient(self.account, self.firm, self.rule.to, self.today);
        let finding = Finding {
            rule: self.rule.id.clone(),
            severity,
            subject: what.subject,
            day: what.day,
            lead_days: what.lead_days,
            evidence: what.evidence,
            to,
        };
        self.look.due.insert(key, finding);
    }

    /// Whether something of a day is still news; arranges to look again when it no longer is.
    fn is_news(&mut self, day: Date) -> bool {
        let Ok(lapses) = day.checked_add(Span::new().days(i32::from(self.rule.news_days))) else {
            return true;
        };
        if self.today < lapses {
            self.look.again_on(Some(lapses));
            return true;
        }
        false
    }
}

/// Most facts that a finding names as its evidence, the newest: a decision has a bound, however
/// long the history behind it.
const MAX_EVIDENCE: usize = 50;

/// What a finding is about.
struct What {
    subject: Subject,
    day: Date,
    lead_days: Option<u16>,
    evidence: Vec<EntryId>,
}

/// Looks at an account on a day with the watchlist in force that day.
pub fn look(client: &Client<'_>, today: Date) -> Look {
    look_along(client, today, &mut None)
}

/// The same, and goes on with a client that was followed before, if only to an earlier day: what
/// happened since must be of its [`Track::day`] or later. Where a rule asks for it, the client is
/// followed to the day from then on.
pub fn look_along(client: &Client<'_>, today: Date, kept: &mut Option<Track>) -> Look {
    let mut look = Look::default();
    let (account, firm) = (client.account(), client.firm());
    let Some((_, list)) = firm.watchlist_on(today) else { return look };
    look.rules = list.rules.iter().map(|rule| rule.id.clone()).collect();
    look.again_on(client.next_day(today));
    look.again_on(firm.next_change(today));
    let track = OnceCell::new();
    for rule in &list.rules {
        let (track, kept, look) = (&track, &mut *kept, &mut look);
        let mut watcher = Watcher { client, account, firm, list, rule, today, track, kept, look };
        match rule.kind {
            Kind::ContactJoined => contact::joined(&mut watcher),
            Kind::ContactLeft => contact::left(&mut watcher),
            Kind::ContactChanged => contact::changed(&mut watcher),
            Kind::DecisionMakerLost => contact::decision_maker_lost(&mut watcher),
            Kind::ContractNotice => contract::notice(&mut watcher),
            Kind::ContractEnd => contract::end(&mut watcher),
            Kind::OwnershipDisputed => ownership::disputed(&mut watcher),
            Kind::WorkedByTwo => ownership::worked_by_two(&mut watcher),
            Kind::ApprovalPending => status::approval(&mut watcher),
            Kind::ReassessmentDue => status::reassessment(&mut watcher),
        }
    }
    if !look.due.is_empty() {
        look.again_on(firm.next_person(today));
    }
    look
}

/// Who has a role for an account on a day: the account's own, else the firm's; an account manager
/// is always the account's own. Who has left the firm has none.
pub fn recipient(account: &Account, firm: &Firm, role: Role, day: Date) -> Recipient {
    let own = match role {
        Role::AccountManager => account.owner_on(firm, day),
        Role::Sponsor => account.sponsor_on(day),
        Role::Director | Role::Operations => None,
    };
    let here = |member: &MemberId| firm.left_by(*member, day).is_none();
    let member = own.filter(here).or_else(|| account.team_on(role, day).filter(here));
    let member = match role {
        Role::AccountManager => member,
        _ => member.or_else(|| firm.in_role(role, day)),
    };
    Recipient { role, member }
}
