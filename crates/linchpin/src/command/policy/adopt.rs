//! Adopting a policy, with the approvals that it needs.

use eyre::{bail, eyre};
use jiff::civil::Date;
use linchpin_domain::desk::Firm;
use linchpin_domain::fact::Approval;
use linchpin_domain::id::MemberId;
use linchpin_domain::policy::Policy;
use linchpin_ingest::command::{AdoptError, Lacking, adopt_policy, firm};

use crate::cli::{AdoptPolicy, ApprovedBy};
use crate::command::document::{self, ACTOR};
use crate::place;

/// Most names listed where one is not known.
const MAX_LISTED: usize = 20;

pub(super) async fn run(url: &str, args: AdoptPolicy) -> eyre::Result<()> {
    let (policy, text) = document::read(&args.file, Policy::draft)?;
    let ledger = place::write(url).await?;
    let begins = document::begins(&ledger, args.from)?;
    let (desk, _) = firm(&ledger).await?;
    let day = args.from.unwrap_or_else(|| desk.day_of(ledger.now()));
    let approvals = approvals(desk.firm(), day, &args.approved_by)?;
    let adopted = match adopt_policy(&ledger, &text, begins, approvals, ACTOR).await {
        Err(AdoptError::Unapproved(lacking)) => bail!(unapproved(desk.firm(), day, &lacking)),
        adopted => adopted?,
    };
    document::tell(&ledger, &policy.name, &adopted, args.from).await?;
    ledger.close().await;
    Ok(())
}

fn approvals(firm: &Firm, day: Date, given: &[ApprovedBy]) -> eyre::Result<Vec<Approval>> {
    let approval = |given: &ApprovedBy| {
        let by = member(firm, day, &given.member).map_err(|why| eyre!("--approved-by: {why}"))?;
        Ok(Approval { by, reason: given.reason.clone() })
    };
    given.iter().map(approval).collect()
}

/// Finds one of us by name, or by id.
pub(in crate::command) fn member(firm: &Firm, day: Date, text: &str) -> Result<MemberId, String> {
    let everyone: Vec<MemberId> = firm.members().collect();
    if let Some(id) = text.parse().ok().filter(|id| everyone.contains(id)) {
        return Ok(id);
    }
    let wanted = text.to_lowercase();
    let called = |id: &MemberId| firm.member_name(*id, day).to_lowercase() == wanted;
    let found: Vec<MemberId> = everyone.iter().copied().filter(called).collect();
    let is_here = |id: &MemberId| firm.left_by(*id, day).is_none();
    let here: Vec<MemberId> = found.iter().copied().filter(is_here).collect();
    match if here.len() == 1 { &here[..] } else { &found[..] } {
        [one] => Ok(*one),
        [] if everyone.is_empty() => {
            Err(format!("nobody is called “{text}”: the firm has named no members yet"))
        }
        [] => Err(format!("nobody is called “{text}”; there are {}", listed(firm, day, &everyone))),
        several => {
            let ids: Vec<String> = several.iter().map(|id| described(firm, *id, day)).collect();
            Err(format!("“{text}” is the name of several: give an id: {}", ids.join(", ")))
        }
    }
}

fn listed(firm: &Firm, day: Date, members: &[MemberId]) -> String {
    let names = members.iter().take(MAX_LISTED).map(|id| described(firm, *id, day));
    let names: Vec<String> = names.collect();
    match members.len().saturating_sub(MAX_LISTED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// A member's name and role, with the id where the name is not enough.
fn described(firm: &Firm, id: MemberId, day: Date) -> String {
    let name = firm.member_name(id, day);
    let role = firm.member_on(id, day).map_or("", |member| member.role.words());
    let twice = firm.members().filter(|other| firm.member_name(*other, day) == name).count() > 1;
    if twice { format!("{id} ({name}, {role})") } else { format!("{name} ({role})") }
}

/// Which approvals are lacking, who can give each, and how it is told.
fn unapproved(firm: &Firm, day: Date, lacking: &[Lacking]) -> String {
    let mut said = "the policy cannot be adopted without approval:".to_owned();
    for lack in lacking {
        let role = lack.role.words();
        let how = match lack.held_by.as_slice() {
            [] => {
                let flag = role.replace(' ', "-");
                format!(
                    "nobody has the role on {day}; give it to somebody: linchpin member name NAME \
                     --role {flag}"
                )
            }
            [first, ..] => {
                let twice = listed(firm, day, &lack.held_by);
                let name = firm.member_name(*first, day);
                let named = member(firm, day, name).is_ok_and(|found| found == *first);
                let flag = if named { name.to_owned() } else { first.to_string() };
                format!("{twice} may give it: --approved-by \"{flag}=WHY\"")
            }
        };
        said.push_str(&format!("\n  {role}: {how}"));
    }
    said
}

#[cfg(test)]
mod tests {
    use linchpin_domain::desk::Desk;
    use linchpin_domain::entry::{Body, Entry, Stream};
    use linchpin_domain::fact::{Fact, MemberLeft, MemberNamed, Role};
    use linchpin_domain::id::EntryId;
    use linchpin_domain::private::Private;

    use super::*;

    const DAY: Date = jiff::civil::date(2026, 5, 1);

    fn desk(facts: impl IntoIterator<Item = Fact>) -> Desk {
        let mut desk = Desk::default();
        for (fact, position) in facts.into_iter().zip(1..) {
            let at = "2026-01-01T00:00:00Z".parse().unwrap();
            desk.apply(&Entry {
                position,
                id: EntryId::named(&position.to_string()),
                stream: Stream::Firm,
                version: position,
                occurred_at: at,
                recorded_at: at,
                actor: "test".to_owned(),
                correlation: None,
                body: Body::Fact(fact),
            });
        }
        desk
    }

    fn named(id: &str, name: &str, role: Role) -> Fact {
        let member = MemberId::named(id);
        Fact::MemberNamed(MemberNamed { member, person: Private::named(name), role })
    }

    fn people() -> Desk {
        desk([
            named("hr:1", "Kari Berg", Role::Director),
            named("hr:2", "Maja Lind", Role::AccountManager),
            named("hr:3", "Maja Lind", Role::Operations),
        ])
    }

    #[test]
    fn members_are_found_by_name_or_id() {
        let desk = people();
        let find = |text: &str| member(desk.firm(), DAY, text);
        assert_eq!(find("Kari Berg"), Ok(MemberId::named("hr:1")));
        assert_eq!(find("kari berg"), Ok(MemberId::named("hr:1")));
        assert_eq!(find("hr:2"), Ok(MemberId::named("hr:2")));
        assert_eq!(find(&MemberId::named("hr:3").to_string()), Ok(MemberId::named("hr:3")));
        let unknown = find("Kari").unwrap_err();
        assert!(unknown.contains("nobody is called “Kari”"), "{unknown}");
        assert!(unknown.contains("Kari Berg (key-account director)"), "{unknown}");
        let several = find("Maja Lind").unwrap_err();
        for id in ["hr:2", "hr:3"] {
            assert!(several.contains(&MemberId::named(id).to_string()), "{several}");
        }
        let empty = Desk::default();
        let nobody = member(empty.firm(), DAY, "Kari").unwrap_err();
        assert!(nobody.contains("named no members yet"), "{nobody}");
    }

    #[test]
    fn a_lacking_approval_names_who_may_give_it_and_the_flag() {
        let desk = people();
        let lacking = [
            Lacking { role: Role::Director, held_by: vec![MemberId::named("hr:1")] },
            Lacking { role: Role::Operations, held_by: vec![MemberId::named("hr:3")] },
            Lacking { role: Role::Sponsor, held_by: Vec::new() },
        ];
        let said = unapproved(desk.firm(), DAY, &lacking);
        let lines: Vec<&str> = said.lines().collect();
        let director = "  key-account director: Kari Berg (key-account director) may give it: \
                        --approved-by \"Kari Berg=WHY\"";
        assert_eq!(lines[1], director);
        let flag = format!("--approved-by \"{}=WHY\"", MemberId::named("hr:3"));
        assert!(lines[2].ends_with(&flag), "{said}");
        assert!(lines[3].contains("nobody has the role on 2026-05-01"), "{said}");
        assert!(lines[3].ends_with("linchpin member name NAME --role executive-sponsor"), "{said}");
    }

    #[test]
    fn who_has_left_is_still_known_by_name() {
        let left = Fact::MemberLeft(MemberLeft { member: MemberId::named("hr:1") });
        let desk = desk([named("hr:1", "Kari Berg", Role::Director), left]);
        assert!(member(desk.firm(), DAY, "Kari Berg").is_ok());
        assert!(!desk.firm().has_role(MemberId::named("hr:1"), Role::Director, DAY));
    }
}
