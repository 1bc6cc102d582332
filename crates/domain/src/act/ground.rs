//! On what ground an act is turned down.

use super::Refusal;

/// On what ground an act is turned down: what a door answers by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// What it is about is not there.
    Missing,
    /// It does not hold by itself.
    Content,
    /// It is for others to do.
    Role,
    /// What is known forbids it.
    State,
}

impl Refusal {
    /// On what ground it is turned down.
    pub fn ground(&self) -> Ground {
        match self {
            Self::NoAccount | Self::NoSuchMember => Ground::Missing,
            Self::NotTheirs { .. } | Self::NotKeeper | Self::NobodyActs | Self::NobodyNames => {
                Ground::Role
            }
            Self::NoMember { .. }
            | Self::NoOther { .. }
            | Self::Itself
            | Self::NotLater
            | Self::TooLong { .. }
            | Self::NotByOverride
            | Self::JudgedTooLong { .. }
            | Self::NoSuchScore { .. }
            | Self::BadName
            | Self::SeveralCalled
            | Self::NotContact { .. }
            | Self::NotContract { .. }
            | Self::ToCome { .. }
            | Self::NoSuchDay { .. }
            | Self::NobodyTakes
            | Self::TooManyTake
            | Self::TakesTwice { .. }
            | Self::TakesOwn
            | Self::Invalid(_) => Ground::Content,
            Self::Merged { .. }
            | Self::HasLeft { .. }
            | Self::LeftBefore { .. }
            | Self::NamedSince { .. }
            | Self::Undoes { .. }
            | Self::LeaverCalled { .. }
            | Self::RuledToday { .. }
            | Self::NoPolicy
            | Self::NoHistory
            | Self::Nominated
            | Self::IsKey { .. }
            | Self::FewPoints { .. }
            | Self::Required { .. }
            | Self::NobodyAsked
            | Self::NothingWaits { .. }
            | Self::NotKey { .. }
            | Self::NoOverride
            | Self::Owned
            | Self::Disputed
            | Self::ClaimsAlready { .. }
            | Self::OwnsAlready
            | Self::NotOwner
            | Self::Loop { .. }
            | Self::NoParent { .. }
            | Self::MergedAlready { .. }
            | Self::ItsDuplicate { .. }
            | Self::OtherMerged { .. }
            | Self::Between { .. }
            | Self::NotMerged => Ground::State,
        }
    }
}
