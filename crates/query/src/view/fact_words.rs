//! Each kind of fact in one plain sentence.

use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Entry, Stream};
use linchpin_domain::fact::{
    BuyingRole, EngagementKind, Fact, FactRetracted, FeedbackReceived, InteractionHeld,
    InteractionKind, JudgementGiven, Level, Side,
};
use linchpin_domain::id::{AccountId, ContactId, ContractId, MemberId};
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::Policy;
use linchpin_domain::private::Private;
use linchpin_domain::watch::Watchlist;

use super::contracts::{kind_words, months};
use super::people;
use crate::words;

/// Whose names are looked up, and from which day dates are read.
pub(super) struct Names<'a> {
    desk: &'a Desk,
    account: Option<&'a Account>,
    day: Date,
}

/// What a fact says.
pub(super) fn sentence(desk: &Desk, entry: &Entry, fact: &Fact, day: Date) -> String {
    let names = names(desk, entry, day);
    match fact {
        Fact::AccountRegistered(it) => {
            let about: Vec<&str> =
                [it.sector.as_deref(), it.country.as_deref()].into_iter().flatten().collect();
            let about =
                if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
            format!("{} is on the books{about}.", it.name)
        }
        Fact::AccountRenamed(it) => format!("Its name is now {}.", it.name),
        Fact::ParentSet(it) => format!("It belongs to {}.", names.account(it.parent)),
        Fact::ParentCleared(_) => "It belongs to no other organisation any more.".to_owned(),
        Fact::ExternalRefLinked(it) => format!("It is known to {} as {}.", it.source, it.id),
        Fact::EngagementRecorded(it) => {
            let title = quoted(it.title.as_deref());
            let by = it
                .by
                .map_or_else(String::new, |by| format!(", brought in by {}", names.member(by)));
            format!("{} recorded{title}{by}.", words::capital(engagement(it.kind)))
        }
        Fact::EngagementCancelled(it) => {
            format!("An engagement was cancelled{}.", because(it.reason.as_deref()))
        }
        Fact::InvoiceIssued(it) => paper("Invoice", it.number.as_deref(), it.amount, it.currency),
        Fact::CreditNoteIssued(it) => {
            paper("Credit note", it.number.as_deref(), it.amount, it.currency)
        }
        Fact::MemberNamed(it) => {
            format!("{} is one of us: {}.", named(&it.person, "A colleague"), it.role.words())
        }
        Fact::ExchangeRateSet(it) => {
            let firm = desk.firm().currency().code();
            format!("One {} is worth {} {firm}.", it.currency.code(), it.rate.normalize())
        }
        Fact::PolicyAdopted(it) => match Policy::parse(&it.document) {
            Ok(policy) => format!("Policy adopted: {}.", policy.name),
            Err(_) => "A policy was adopted that this version cannot read.".to_owned(),
        },
        Fact::WatchlistAdopted(it) => match Watchlist::parse(&it.document) {
            Ok(list) => format!("Watchlist adopted: {}.", list.name),
            Err(_) => "A watchlist was adopted that this version cannot read.".to_owned(),
        },
        Fact::FactRetracted(it) => retracted(it),
        _ => of_people(&names, fact)
            .or_else(|| of_contracts(&names, fact))
            .or_else(|| super::rulings::fact(&names, fact))
            .unwrap_or_else(|| fact.name().to_owned()),
    }
}

/// What a fact told of one account says of the other that it concerns: the client to whom a
/// contact went, the parent of a subsidiary.
pub(super) fn from_elsewhere(desk: &Desk, entry: &Entry, fact: &Fact, day: Date) -> Option<String> {
    let names = names(desk, entry, day);
    Some(match fact {
        Fact::ContactMoved(it) => {
            let (name, from) = (names.contact(it.contact), names.account(it.account));
            format!("{name} came from {from}{}.", picture(&it.title, it.level, it.role))
        }
        Fact::ParentSet(it) => format!("{} belongs to it.", names.account(it.account)),
        Fact::SuggestionDismissed(it) => {
            format!("{} is neither the same client nor of its group.", names.account(it.account))
        }
        _ => return None,
    })
}

fn names<'a>(desk: &'a Desk, entry: &Entry, day: Date) -> Names<'a> {
    let account = match entry.stream {
        Stream::Account(id) => desk.account(id).map(AsRef::as_ref),
        Stream::Firm => None,
    };
    Names { desk, account, day }
}

fn of_people(names: &Names<'_>, fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::ContactJoined(it) => {
            let name = names.told(&it.person, it.contact);
            format!("{name} joined{}.", picture(&it.title, it.level, it.role))
        }
        Fact::ContactChanged(it) => {
            let name = names.told(&it.person, it.contact);
            match picture(&it.title, it.level, it.role) {
                now if now.is_empty() => format!("{name} changed: title, level and role are open."),
                now => format!("{name} is now{}.", now.trim_start_matches(':')),
            }
        }
        Fact::ContactLeft(it) => format!("{} left.", names.contact(it.contact)),
        Fact::ContactMoved(it) => {
            let (name, to) = (names.contact(it.contact), names.account(it.to));
            format!("{name} went to {to}{}.", picture(&it.title, it.level, it.role))
        }
        Fact::ContactConfirmed(it) => {
            format!("{} was checked and still holds.", names.contact(it.contact))
        }
        Fact::InteractionHeld(it) => interaction(names, it),
        Fact::FeedbackReceived(it) => feedback(names, it),
        Fact::ReferralGiven(it) => match it.brought {
            Some(brought) => format!("They recommended us: it brought {}.", names.account(brought)),
            None => "They recommended us.".to_owned(),
        },
        Fact::JudgementGiven(it) => judgement(names, it),
        Fact::OwnerAssigned(it) => format!("{} is the account manager.", names.member(it.owner)),
        Fact::TeamMemberAssigned(it) => {
            format!("{} joins the account team: {}.", names.member(it.member), it.role.words())
        }
        Fact::SponsorAssigned(it) => {
            format!("{} is the executive sponsor.", names.member(it.sponsor))
        }
        Fact::OwnershipClaimed(it) => {
            format!("{} claims the account: “{}”", names.member(it.by), it.reason)
        }
        Fact::OwnershipRuled(it) => format!(
            "{} ruled that the account is {}: “{}”",
            names.member(it.by),
            possessive(&names.member(it.owner)),
            it.reason
        ),
        _ => return None,
    })
}

fn of_contracts(names: &Names<'_>, fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::ContractSigned(it) => {
            let notice = it
                .notice_days
                .map_or_else(String::new, |days| format!(", notice {days} days before"));
            let renews = it.auto_renewal_months.map_or_else(String::new, |length| {
                format!(", renews by itself for {}", months(length))
            });
            let value = it.value_a_year.map_or_else(String::new, |value| {
                format!(", {} a year", words::exact_money(value.amount, value.currency))
            });
            let (kind, title) = (words::capital(kind_words(it.kind)), &it.title);
            let head = if kind.eq_ignore_ascii_case(title) {
                kind
            } else {
                format!("{kind} “{title}”")
            };
            let (from, to) = (names.date(it.start), names.date(it.end));
            format!("{head} signed: {from} to {to}{notice}{renews}{value}.")
        }
        Fact::ContractAmended(it) => {
            let changes = [
                it.title.as_ref().map(|title| format!("its name is {title}")),
                it.start.map(|day| format!("it begins on {}", names.date(day))),
                it.end.map(|day| format!("it ends on {}", names.date(day))),
                it.notice_days.map(|days| format!("notice is due {days} days before")),
                it.auto_renewal_months.map(|length| format!("it renews for {}", months(length))),
            ];
            let changes: Vec<String> = changes.into_iter().flatten().collect();
            let changes =
                if changes.is_empty() { "nothing new".to_owned() } else { changes.join(", ") };
            format!("{} amended: {changes}.", names.contract(it.contract))
        }
        Fact::ContractRenewed(it) => {
            format!("{} renewed up to {}.", names.contract(it.contract), names.date(it.end))
        }
        Fact::NoticeGiven(it) => match it.by {
            Side::Us => format!("We gave notice on {}.", names.contract(it.contract)),
            Side::Client => format!("The client gave notice on {}.", names.contract(it.contract)),
        },
        Fact::ContractEnded(it) => {
            format!("{} ended{}.", names.contract(it.contract), because(it.reason.as_deref()))
        }
        Fact::RenewalTalksStarted(it) => {
            format!("Talks about the next term of {} started.", names.contract(it.contract))
        }
        _ => return None,
    })
}

impl Names<'_> {
    pub(super) fn account(&self, id: AccountId) -> String {
        people::account_name(self.desk, id, self.day)
    }

    /// Two accounts by the names told under their own ids, though one was merged into the other;
    /// the first stands at the head of a sentence.
    pub(super) fn two_accounts(&self, first: AccountId, other: AccountId) -> (String, String) {
        let name = people::told_account_first(self.desk, first, self.day);
        (name, people::told_account_name(self.desk, other, self.day))
    }

    pub(super) fn member(&self, id: MemberId) -> String {
        people::member_name(self.desk, id, self.day)
    }

    /// The name as known on the day, else as known at any time.
    fn contact(&self, id: ContactId) -> String {
        let known = |day| {
            let contact = people::contact(self.account?, self.desk, id, day)?;
            contact.person.name
        };
        let name = known(self.day).or_else(|| known(Date::MAX));
        name.unwrap_or_else(|| "A contact without a name".to_owned())
    }

    /// The name the fact itself tells, else the one known.
    fn told(&self, person: &Private, id: ContactId) -> String {
        person.name.clone().unwrap_or_else(|| self.contact(id))
    }

    fn contract(&self, id: ContractId) -> String {
        let terms = self.account.and_then(|account| {
            account.contract_on(id, self.day).or_else(|| account.contract_on(id, Date::MAX))
        });
        terms.map_or_else(
            || "A contract not told of yet".to_owned(),
            |terms| words::capital(&terms.title),
        )
    }

    pub(super) fn date(&self, day: Date) -> String {
        words::date(day, self.day)
    }
}

fn named(person: &Private, otherwise: &str) -> String {
    person.name.clone().unwrap_or_else(|| otherwise.to_owned())
}

fn picture(title: &str, level: Option<Level>, role: Option<BuyingRole>) -> String {
    let title = (!title.is_empty()).then(|| title.to_owned());
    let level = level.map(|level| level.words().to_owned());
    let role = role.map(|role| role.words().to_owned());
    let parts: Vec<String> = [title, level, role].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

fn engagement(kind: EngagementKind) -> &'static str {
    match kind {
        EngagementKind::Placement => "placement",
        EngagementKind::Project => "project",
        EngagementKind::Order => "order",
    }
}

fn paper(what: &str, number: Option<&str>, amount: Decimal, currency: Currency) -> String {
    let number = number.map_or_else(String::new, |number| format!(" {number}"));
    format!("{what}{number} of {}.", words::exact_money(amount, currency))
}

fn interaction(names: &Names<'_>, it: &InteractionHeld) -> String {
    let kind = match it.kind {
        InteractionKind::Meeting => "Meeting",
        InteractionKind::Call => "Call",
        InteractionKind::Mail => "Mail",
    };
    let with = it.contact.map_or_else(String::new, |id| format!(" with {}", names.contact(id)));
    let by = it.by.map_or_else(String::new, |by| format!(", by {}", names.member(by)));
    format!("{kind}{with}{by}.{}", comment(&it.person))
}

fn feedback(names: &Names<'_>, it: &FeedbackReceived) -> String {
    let from = it.contact.map_or_else(String::new, |id| format!(" from {}", names.contact(id)));
    let score = it.score.normalize();
    format!("Feedback{from}: {score} of {}.{}", it.out_of, comment(&it.person))
}

fn judgement(names: &Names<'_>, it: &JudgementGiven) -> String {
    format!(
        "{} judged the {} at {} of 5, valid to {}: “{}”",
        names.member(it.by),
        it.of.words(),
        it.score,
        names.date(it.expires),
        it.reason
    )
}

fn retracted(it: &FactRetracted) -> String {
    format!("A fact was taken back: “{}”", it.reason)
}

fn comment(person: &Private) -> String {
    person.note.as_ref().map_or_else(String::new, |note| format!(" “{note}”"))
}

fn quoted(title: Option<&str>) -> String {
    title.map_or_else(String::new, |title| format!(": {title}"))
}

fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {}", reason.trim_end_matches('.')))
}

pub(super) fn possessive(name: &str) -> String {
    if name.ends_with('s') { format!("{name}’") } else { format!("{name}’s") }
}
