//! Who of us looks after whom, and who thinks otherwise.

use linchpin_domain::fact::{
    MemberNamed, OwnerAssigned, OwnershipClaimed, OwnershipRuled, SponsorAssigned,
    TeamMemberAssigned,
};
use linchpin_domain::private::Private;

use super::book::{Book, Page};
use super::cast::{DISPUTED, Member};
use super::names;
use super::teller::{Door, Teller};

/// Clients that went to the third account manager when the firm grew.
const HANDED_OVER: [&str; 3] =
    ["Gossamer Aviation Services", "Larchmantle Furniture", "Hobnail Footwear"];

/// How many of the largest clients have a sponsor, and how many the director on their team.
const SPONSORED: usize = 5;
const DIRECTED: usize = 12;

/// Names our people.
pub(super) fn name_members(teller: &mut Teller) {
    for (place, member) in Member::ALL.into_iter().enumerate() {
        let person = Private {
            email: Some(names::mail(member.name(), "Quillhaven Staffing")),
            phone: Some(names::phone(900 + place)),
            ..Private::named(member.name())
        };
        teller.opening(
            "desk:setup",
            MemberNamed { member: member.id(), person, role: member.role() },
        );
    }
}

/// Gives every client an account manager and the large ones a team.
pub(super) fn assign(teller: &mut Teller, book: &Book) {
    for (place, page) in book.pages.iter().enumerate() {
        let handed_over = HANDED_OVER.contains(&page.client.name);
        let first = if handed_over { Member::North } else { page.client.manager };
        let assigned = OwnerAssigned { account: page.id, owner: first.id() };
        if page.since == teller.calendar.start {
            teller.opening("crm", assigned);
        } else {
            teller.tell_late(page.since, 0, Door::Crm, assigned);
        }
        if handed_over {
            let day = teller.calendar.ago(430);
            let handed = OwnerAssigned { account: page.id, owner: Member::West.id() };
            teller.tell_late(day.max(page.since), 0, Door::Page(Member::Director), handed);
        }
        if page.client.habit.is_some() {
            build_team(teller, page, place);
        }
    }
}

fn build_team(teller: &mut Teller, page: &Page, place: usize) {
    let mut join = |member: Member| {
        let joined =
            TeamMemberAssigned { account: page.id, member: member.id(), role: member.role() };
        teller.opening("crm", joined);
    };
    join(Member::Operations);
    if place < DIRECTED {
        join(Member::Director);
    }
    if place < SPONSORED {
        teller.opening("crm", SponsorAssigned { account: page.id, sponsor: Member::Sponsor.id() });
    }
}

/// A case settled two years ago, and one that is open now.
pub(super) fn dispute(teller: &mut Teller, book: &Book) {
    if let Some(page) = book.find("Ravelstone Cold Chain") {
        let reason = "I look after Ravelstone Foods, and both buy through the same office.";
        claim(teller, page, 748, Member::North, reason);
        let reason = "I found them their first drivers, two months before the group list had them.";
        claim(teller, page, 745, Member::South, reason);
        let ruled = OwnershipRuled {
            account: page.id,
            owner: Member::North.id(),
            by: Member::Director.id(),
            reason:
                "One office buys for the whole group, so one of us should speak with it. The first \
                     placements stay on the South's figures."
                    .to_owned(),
            parent_history_counts: None,
        };
        teller.tell_late(teller.calendar.ago(731), 0, Door::Page(Member::Director), ruled);
    }
    if let Some(page) = book.find(DISPUTED) {
        let reason = "Part of Kettlebright Energy for over a year now, and that client is mine.";
        claim(teller, page, 8, Member::North, reason);
        let reason =
            "They came to me through Fernlock, and six of their last eight orders are mine.";
        claim(teller, page, 5, Member::West, reason);
    }
}

fn claim(teller: &mut Teller, page: &Page, days_ago: i64, by: Member, reason: &str) {
    let claimed = OwnershipClaimed { account: page.id, by: by.id(), reason: reason.to_owned() };
    teller.tell_late(teller.calendar.ago(days_ago), 0, Door::Page(by), claimed);
}
