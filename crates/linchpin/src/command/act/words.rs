//! What was done, in a few words.

use linchpin_domain::act::Act;
use linchpin_domain::id::MemberId;

use super::Open;

/// What an act did with a client, so that it reads on from the client's name.
pub(super) fn done(open: &Open, act: &Act) -> String {
    let member = |id: MemberId| open.desk().firm().member_name(id, open.today).to_owned();
    match act {
        Act::Nominate { .. } => "nominated".to_owned(),
        Act::Approve { .. } => "given its yes".to_owned(),
        Act::Veto { .. } => "refused its yes".to_owned(),
        Act::Confirm { .. } => "confirmed".to_owned(),
        Act::Override { to, expires, .. } => format!("{} by override until {expires}", to.words()),
        Act::EndOverride { .. } => "the override has ended".to_owned(),
        Act::Assign { owner } => format!("{} is the account manager", member(*owner)),
        Act::Claim { .. } => "claimed; a ruling answers that".to_owned(),
        Act::Rule { owner, .. } => format!("ruled that it is {}'s", member(*owner)),
        Act::HandOver(wanted) => format!("handed over to {}", member(wanted.to)),
        Act::SetParent { parent, .. } => format!("belongs to {}", open.name(*parent)),
        Act::ClearParent { .. } => "belongs to nobody".to_owned(),
        Act::Merge { into, .. } => format!("merged into {}", open.name(*into)),
        Act::Unmerge { .. } => "stands for itself again".to_owned(),
        Act::Dismiss { other, .. } => format!("another one than {}", open.name(*other)),
        Act::Judge { of, score, .. } => format!("{} judged at {score} of 5", of.words()),
        Act::HoldReview { .. } => "a review was held".to_owned(),
        Act::UpdatePlan { .. } => "its plan is up to date".to_owned(),
    }
}
