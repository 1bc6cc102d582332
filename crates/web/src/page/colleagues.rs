//! Who of us is offered where a form asks for one of us.

use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::fact::Role;
use linchpin_domain::id::MemberId;

/// Colleagues offered at most.
const COLLEAGUES: usize = 500;

/// Everyone who is here, in a role where one is named, by name.
pub(super) fn colleagues(desk: &Desk, role: Option<Role>, today: Date) -> Vec<(MemberId, String)> {
    let firm = desk.firm();
    let here = firm.members().filter(|id| match role {
        Some(role) => firm.has_role(*id, role, today),
        None => firm.left_by(*id, today).is_none(),
    });
    let mut named: Vec<(MemberId, String)> =
        here.map(|id| (id, firm.member_name(id, today).to_owned())).collect();
    named.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    named.truncate(COLLEAGUES);
    named
}
