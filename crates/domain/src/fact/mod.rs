//! Facts: what the outside tells. Liberal by design: a fact about someone not met yet is kept.
//!
//! A new kind of fact is one struct in one file here, one line in the list below, one golden
//! file, and its place in the account fold.

mod account;
mod care;
mod contact;
mod contract;
mod engagement;
mod firm;
mod judgement;
mod ownership;
mod retraction;
mod status;

pub use account::*;
pub use care::*;
pub use contact::*;
pub use contract::*;
pub use engagement::*;
pub use firm::*;
pub use judgement::*;
pub use ownership::*;
pub use retraction::*;
pub use status::*;

use jiff::civil::Date;
use schemars::{Schema, SchemaGenerator};

use crate::entry::Stream;
use crate::id::AccountId;
use crate::money::Decimal;
use crate::private::{PersonId, Private};

/// What every kind of fact can say of itself.
trait Told {
    /// The stream it belongs to.
    fn stream(&self) -> Stream;

    /// A second account whose picture it changes.
    fn also(&self) -> Option<AccountId> {
        None
    }

    /// The person it identifies, and the data that must be sealed.
    fn private(&mut self) -> Option<(PersonId, &mut Private)> {
        None
    }

    /// What is wrong with it by itself, whatever else is known.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

macro_rules! facts {
    ($($name:ident $wire:literal $version:literal)*) => {
        /// A fact, of any kind.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant carries a struct of the same name that is documented")]
        pub enum Fact {
            $($name($name),)*
        }

        impl Fact {
            /// Every kind of fact: its name on the wire and its newest schema version.
            pub const KINDS: &[(&str, u32)] = &[$(($wire, $version),)*];

            /// The kind's name on the wire. Written out, never derived from the type's name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $wire,)* }
            }

            /// The schema version in which it is written.
            pub fn version(&self) -> u32 {
                match self { $(Self::$name(_) => $version,)* }
            }

            /// The stream it belongs to.
            pub fn stream(&self) -> Stream {
                match self { $(Self::$name(fact) => fact.stream(),)* }
            }

            /// A second account whose picture it changes, such as the one a contact moved to.
            pub fn also(&self) -> Option<AccountId> {
                match self { $(Self::$name(fact) => fact.also(),)* }
            }

            /// The person it identifies, and the data that must be sealed.
            pub fn private(&mut self) -> Option<(PersonId, &mut Private)> {
                match self { $(Self::$name(fact) => fact.private(),)* }
            }

            /// What is wrong with it by itself, whatever else is known.
            ///
            /// # Errors
            /// A sentence that names the field and what was expected.
            pub fn check(&self) -> Result<(), String> {
                match self { $(Self::$name(fact) => fact.check(),)* }
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
            /// Never in practice: no fact holds a map whose keys are not texts.
            pub fn encode(&self) -> serde_json::Result<String> {
                match self { $(Self::$name(fact) => serde_json::to_string(fact),)* }
            }
        }

        $(impl From<$name> for Fact {
            fn from(fact: $name) -> Self {
                Self::$name(fact)
            }
        })*
    };
}

facts! {
    AccountRegistered "account.registered" 1
    AccountRenamed "account.renamed" 1
    ParentSet "account.parent_set" 1
    ParentCleared "account.parent_cleared" 1
    ExternalRefLinked "account.external_ref_linked" 1
    AccountsMerged "account.merged" 1
    AccountsUnmerged "account.unmerged" 1
    SuggestionDismissed "account.suggestion_dismissed" 1
    EngagementRecorded "engagement.recorded" 1
    EngagementCancelled "engagement.cancelled" 1
    InvoiceIssued "invoice.issued" 1
    CreditNoteIssued "credit_note.issued" 1
    ContractSigned "contract.signed" 1
    ContractAmended "contract.amended" 1
    ContractRenewed "contract.renewed" 1
    NoticeGiven "contract.notice_given" 1
    ContractEnded "contract.ended" 1
    RenewalTalksStarted "contract.renewal_talks_started" 1
    ContactJoined "contact.joined" 1
    ContactChanged "contact.changed" 1
    ContactLeft "contact.left" 1
    ContactMoved "contact.moved" 1
    ContactConfirmed "contact.confirmed" 1
    InteractionHeld "interaction.held" 1
    FeedbackReceived "feedback.received" 1
    ReferralGiven "referral.given" 1
    JudgementGiven "judgement.given" 1
    ReviewHeld "review.held" 1
    PlanUpdated "plan.updated" 1
    OwnerAssigned "ownership.owner_assigned" 1
    TeamMemberAssigned "ownership.team_member_assigned" 1
    SponsorAssigned "ownership.sponsor_assigned" 1
    OwnershipClaimed "ownership.claimed" 1
    OwnershipRuled "ownership.ruled" 1
    OwnerHandedOver "ownership.handed_over" 1
    StatusNominated "status.nominated" 1
    StatusApproved "status.approved" 1
    StatusVetoed "status.vetoed" 1
    StatusConfirmed "status.confirmed" 1
    StatusOverridden "status.overridden" 1
    OverrideEnded "status.override_ended" 1
    MemberNamed "member.named" 1
    MemberLeft "member.left" 1
    ExchangeRateSet "exchange_rate.set" 1
    PolicyAdopted "policy.adopted" 1
    WatchlistAdopted "watchlist.adopted" 1
    FactRetracted "fact.retracted" 1
}

/// Largest amount taken, in major units (10^15): far above any client's, and small enough that no
/// sum of them overflows a decimal.
const LARGEST: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);

fn not_blank(field: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(format!("`{field}` is empty"));
    }
    if text.len() > MAX_TEXT {
        return Err(format!("`{field}` has {} bytes, at most {MAX_TEXT} are taken", text.len()));
    }
    Ok(())
}

/// Longest short text taken, in bytes. Documents have their own bound.
const MAX_TEXT: usize = 4_000;

fn within_bounds(field: &str, amount: Decimal) -> Result<(), String> {
    if amount.abs() > LARGEST {
        return Err(format!("`{field}` {amount} is larger than {LARGEST}"));
    }
    Ok(())
}

fn believable(field: &str, date: Date) -> Result<(), String> {
    if !(1900..=2200).contains(&date.year()) {
        return Err(format!("`{field}` {date} lies outside the years 1900 to 2200"));
    }
    Ok(())
}

fn needs_person(has_person: bool, private: &Private) -> Result<(), String> {
    if !has_person && !private.is_empty() {
        return Err(
            "`person` is given without a `contact` under whom it could be sealed".to_owned()
        );
    }
    Ok(())
}
