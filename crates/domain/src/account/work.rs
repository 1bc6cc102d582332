//! Work and money of one client.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::fact::EngagementKind;
use crate::id::{EngagementId, InvoiceId, MemberId};
use crate::money::{Currency, Decimal};
use crate::timeline::{Source, Timeline};

/// Work won or delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Engagement {
    /// The work.
    pub id: EngagementId,
    /// What kind it is.
    pub kind: EngagementKind,
    /// What it is, in a few words.
    pub title: Option<Arc<str>>,
    /// Which of us brought it in.
    pub by: Option<MemberId>,
    /// The last day of the work, where it is known.
    pub until: Option<Date>,
}

/// An invoice or a credit note.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invoiced {
    /// The paper.
    pub id: InvoiceId,
    /// The number printed on it.
    pub number: Option<Arc<str>>,
    /// What it adds to revenue, exact, in `currency`: negative for a credit note.
    pub amount: Decimal,
    /// What the work cost us, where known.
    pub cost: Option<Decimal>,
    /// ISO 4217 code.
    pub currency: Currency,
    /// Whether it gives money back.
    pub credit: bool,
}

impl Account {
    /// Invoices and credit notes.
    pub fn invoiced(&self) -> &Timeline<Invoiced> {
        &self.invoiced
    }

    /// The engagements of the days D with `after < D <= until` that had not been cancelled by
    /// `until`.
    pub fn engagements_between(
        &self,
        after: Date,
        until: Date,
    ) -> impl DoubleEndedIterator<Item = (&Source, &Engagement)> {
        self.engagements
            .between(after, until)
            .filter(move |(_, work)| !self.is_cancelled(work.id, until))
    }

    fn is_cancelled(&self, engagement: EngagementId, day: Date) -> bool {
        self.cancelled.get(&engagement).is_some_and(|line| line.at(day).is_some())
    }
}

impl Account {
    /// The first engagement or invoice up to a day: with it the relationship begins. Work that had
    /// been cancelled by then was none.
    pub fn first_business(&self, day: Date) -> Option<Source> {
        let mut work = self.engagements.until(day);
        let work = work.find(|(_, work)| !self.is_cancelled(work.id, day));
        let work = work.map(|(source, _)| *source);
        let invoice = self.invoiced.until(day).next().map(|(source, _)| *source);
        [work, invoice].into_iter().flatten().min_by_key(|source| (source.day, source.id))
    }
}
