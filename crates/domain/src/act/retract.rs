//! Taking back what somebody ruled.
//!
//! Else whoever may not end an override, refuse a nomination or rule whose client it is could take
//! back what those said whose it is to say.

use jiff::civil::Date;

use super::{Refusal, here};
use crate::desk::{Desk, Firm};
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

/// The role that a ruling of a day needed and that whoever gave it did not have then, so that it
/// moves nothing; `None` where it lacks none, or is no ruling.
pub fn lacks(firm: &Firm, fact: &Fact, day: Date) -> Option<Role> {
    let by = match fact {
        Fact::StatusApproved(it) => it.by,
        Fact::StatusVetoed(it) => it.by,
        Fact::StatusOverridden(it) => it.by,
        Fact::OverrideEnded(it) => it.by,
        Fact::OwnershipRuled(it) => it.by,
        _ => return None,
    };
    needs(firm, fact, day).filter(|role| !firm.has_role(by, *role, day))
}

/// The role that a ruling of a day needs.
fn needs(firm: &Firm, fact: &Fact, day: Date) -> Option<Role> {
    match fact {
        Fact::StatusApproved(_)
        | Fact::StatusVetoed(_)
        | Fact::StatusOverridden(_)
        | Fact::OverrideEnded(_) => firm.overriding_role(day),
        Fact::OwnershipRuled(_) => Some(Role::Director),
        _ => None,
    }
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
        Fact::OwnerHandedOver(_) => Some(Role::Director),
        _ => needs(desk.firm(), fact, day),
    };
    match role.filter(|role| !desk.firm().has_role(by, *role, today)) {
        Some(role) => Err(Refusal::NotTheirs { role }),
        None => Ok(()),
    }
}
