//! Taking back what somebody ruled.
//!
//! Else whoever may not end an override, refuse a nomination or rule whose client it is could take
//! back what those said whose it is to say.

use jiff::civil::Date;

use super::{Refusal, here};
use crate::desk::Desk;
use crate::fact::{Fact, Role};
use crate::id::MemberId;

/// Whether a fact is taken back by those alone who may rule so: by command, which says who asks.
pub fn is_guarded(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::StatusApproved(_)
            | Fact::StatusVetoed(_)
            | Fact::StatusConfirmed(_)
            | Fact::StatusOverridden(_)
            | Fact::OverrideEnded(_)
            | Fact::OwnershipRuled(_)
            | Fact::OwnerHandedOver(_)
    )
}

/// Judges that a fact of a day is taken back. What somebody ruled takes the role that the ruling
/// itself needs; a hand-over either of the two colleagues takes back, or the director.
///
/// # Errors
/// Why it is turned down.
pub fn retract(
    desk: &Desk,
    fact: &Fact,
    day: Date,
    by: Option<MemberId>,
    today: Date,
) -> Result<(), Refusal> {
    if !is_guarded(fact) {
        return Ok(());
    }
    let by = by.ok_or(Refusal::NobodyActs)?;
    here(desk, by, today)?;
    let role = match fact {
        Fact::OwnerHandedOver(it) if by == it.to || Some(by) == it.from => None,
        Fact::OwnerHandedOver(_) | Fact::OwnershipRuled(_) => Some(Role::Director),
        Fact::StatusConfirmed(_) => None,
        _ => desk.firm().overriding_role(day),
    };
    match role.filter(|role| !desk.firm().has_role(by, *role, today)) {
        Some(role) => Err(Refusal::NotTheirs { role }),
        None => Ok(()),
    }
}
