//! Facts about work and money.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, ContactId, EngagementId, InvoiceId, MemberId};
use crate::money::{Currency, Decimal};

/// What kind of work it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EngagementKind {
    /// A person placed with the client.
    #[serde(rename = "placement")]
    Placement,
    /// A piece of work with a goal and an end.
    #[serde(rename = "project")]
    Project,
    /// Goods or services ordered.
    #[serde(rename = "order")]
    Order,
}

/// Work won or delivered for a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EngagementRecorded {
    /// The client.
    pub account: AccountId,
    /// The work.
    pub engagement: EngagementId,
    /// What kind of work it is.
    pub kind: EngagementKind,
    /// What it is, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Which of us brought it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MemberId>,
    /// The last day of the work, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// The work did not come about after all; it counts no more from then on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EngagementCancelled {
    /// The client.
    pub account: AccountId,
    /// The work.
    pub engagement: EngagementId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceLine {
    /// What was sold: an article number or a few words.
    pub item: String,
    /// How many.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "crate::schema::DecimalText")]
    pub quantity: Decimal,
    /// Price of one, in the invoice's currency.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "crate::schema::DecimalText")]
    pub unit_price: Decimal,
}

/// A client was invoiced. It counts on the day of `occurred_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceIssued {
    /// The client.
    pub account: AccountId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The number printed on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The total without tax, exact, in `currency`.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "crate::schema::DecimalText")]
    pub amount: Decimal,
    /// ISO 4217 code.
    #[schemars(with = "crate::schema::CurrencyCode")]
    pub currency: Currency,
    /// What the work cost us, in `currency`, where known.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::str_option"
    )]
    #[schemars(with = "Option<crate::schema::DecimalText>")]
    pub cost: Option<Decimal>,
    /// Its lines, where the source gives them. Where given, they sum to `amount`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<InvoiceLine>,
}

/// A client was given money back. It counts against revenue on the day of `occurred_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditNoteIssued {
    /// The client.
    pub account: AccountId,
    /// The credit note.
    pub invoice: InvoiceId,
    /// The number printed on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The total given back, exact, in `currency`; positive takes from revenue.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "crate::schema::DecimalText")]
    pub amount: Decimal,
    /// ISO 4217 code.
    #[schemars(with = "crate::schema::CurrencyCode")]
    pub currency: Currency,
    /// Its lines as the source gives them, where it does. Where given, they sum to `-amount`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<InvoiceLine>,
}

/// How we were in touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InteractionKind {
    /// Face to face or by video.
    #[serde(rename = "meeting")]
    Meeting,
    /// By telephone.
    #[serde(rename = "call")]
    Call,
    /// By mail.
    #[serde(rename = "mail")]
    Mail,
}

/// We met, spoke or wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InteractionHeld {
    /// The client.
    pub account: AccountId,
    /// How.
    pub kind: InteractionKind,
    /// With whom at the client. A note is sealed under this person, so it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// Which of us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MemberId>,
    /// What about (`note`).
    #[serde(default, skip_serializing_if = "super::Private::is_empty")]
    pub person: super::Private,
}

/// The total that the lines make, exact.
pub fn lines_total(lines: &[InvoiceLine]) -> Option<Decimal> {
    lines.iter().try_fold(Decimal::ZERO, |sum, line| {
        sum.checked_add(line.quantity.checked_mul(line.unit_price)?)
    })
}

fn lines_sum_to(amount: Decimal, lines: &[InvoiceLine]) -> Result<(), String> {
    if lines.is_empty() {
        return Ok(());
    }
    match lines_total(lines) {
        Some(total) if total == amount => Ok(()),
        Some(total) => Err(format!("`lines` sum to {total}, but the amount says {amount}")),
        None => Err("`lines` sum to more than a decimal can hold".to_owned()),
    }
}

impl Told for EngagementRecorded {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for EngagementCancelled {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for InvoiceIssued {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::within_bounds("amount", self.amount)?;
        self.cost.map_or(Ok(()), |cost| super::within_bounds("cost", cost))?;
        lines_sum_to(self.amount, &self.lines)
    }
}

impl Told for CreditNoteIssued {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::within_bounds("amount", self.amount)?;
        lines_sum_to(-self.amount, &self.lines)
    }
}

impl Told for InteractionHeld {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn private(&mut self) -> Option<(super::PersonId, &mut super::Private)> {
        self.contact.map(|id| (super::PersonId::Contact(id), &mut self.person))
    }

    fn check(&self) -> Result<(), String> {
        super::needs_person(self.contact.is_some(), &self.person)
    }
}
