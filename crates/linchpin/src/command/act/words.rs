//! What was done, in a word or two.

use linchpin_domain::act::Act;

/// What an act did with a client, so that it reads on from the client's name.
pub(super) fn done(act: &Act) -> String {
    match act {
        Act::Nominate { .. } => "nominated".to_owned(),
        Act::Approve { .. } => "approved".to_owned(),
        Act::Veto { .. } => "refused its yes".to_owned(),
        Act::Confirm { .. } => "confirmed".to_owned(),
        Act::Override { to, expires, .. } => {
            format!("{} by decree until {expires}", to.words())
        }
        Act::EndOverride { .. } => "the override has ended".to_owned(),
        Act::Assign { .. } => "has an account manager".to_owned(),
        Act::Claim { .. } => "claimed".to_owned(),
        Act::Rule { .. } => "ruled whose it is".to_owned(),
        Act::HandOver(_) => "handed over".to_owned(),
        Act::SetParent { .. } => "belongs to its parent".to_owned(),
        Act::ClearParent { .. } => "belongs to nobody".to_owned(),
        Act::Merge { .. } => "merged, and read as the account that stays".to_owned(),
        Act::Unmerge { .. } => "stands for itself again".to_owned(),
        Act::Dismiss { .. } => "another one than that".to_owned(),
        Act::HoldReview { .. } => "a review was held".to_owned(),
        Act::UpdatePlan { .. } => "its plan is up to date".to_owned(),
    }
}
