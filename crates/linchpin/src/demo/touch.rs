//! What is said between us: meetings, feedback, judgements, referrals.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::fact::{
    FeedbackReceived, InteractionHeld, InteractionKind, JudgementGiven, JudgementOf, Level,
    ReferralGiven,
};
use linchpin_domain::money::Decimal;
use linchpin_domain::private::Private;

use super::book::{Book, Page};
use super::cast::{Habit, Member};
use super::rng::Rng;
use super::teller::{Door, Teller};
use super::trade::{COOL, GLAD, MILD, NOTES, fill};

/// Tells when we met, called or wrote.
pub(super) fn meet(teller: &mut Teller, book: &Book) {
    for page in &book.pages {
        let mut rng = teller.rng(&page.label("meet"));
        let usual = match page.client.habit {
            Some(habit) => habit.pay.map(|pay| 16 + (pay / 10).min(44)),
            None if page.client.holding => [3; 3],
            None => [4; 3],
        };
        for (year, usual) in usual.into_iter().enumerate() {
            let (first, last) = teller.calendar.year(year);
            let first = first.max(page.since);
            let days = i64::from((last - first).get_days());
            for _ in 0..i64::from(usual) * (days + 1).max(0) / 365 {
                let day = teller.calendar.workday(first + rng.between(0, days).days());
                meet_once(teller, page, day, &mut rng);
            }
        }
    }
}

fn meet_once(teller: &mut Teller, page: &Page, day: Date, rng: &mut Rng) {
    let kind = match rng.between(0, 99) {
        0..25 => InteractionKind::Meeting,
        25..70 => InteractionKind::Call,
        _ => InteractionKind::Mail,
    };
    let present = page.present(day);
    let with = present.get(rng.place(present.len())).map(|seat| page.stays[*seat]);
    let noted = if kind == InteractionKind::Mail { 25 } else { 75 };
    let person = match with {
        Some(_) if rng.chance(noted) => {
            Private::noted(fill(rng.pick(&NOTES), rng.pick(&page.client.trade.jobs())))
        }
        _ => Private::default(),
    };
    let by = match with {
        Some(stay) if stay.job.level == Level::Executive && rng.chance(30) => Member::Director,
        _ if page.client.habit.is_some() && rng.chance(8) => Member::Operations,
        _ => page.client.manager,
    };
    let contact = with.map(|stay| stay.contact);
    let held = InteractionHeld { account: page.id, kind, contact, by: Some(by.id()), person };
    teller.tell(day, if rng.chance(60) { Door::Crm } else { Door::Page(by) }, held);
}

/// Tells how satisfied the clients were.
pub(super) fn listen(teller: &mut Teller, book: &Book) {
    for page in &book.pages {
        let mut rng = teller.rng(&page.label("listen"));
        let answers = match page.client.habit {
            Some(_) => rng.between(9, 14),
            None if page.client.holding => 0,
            None => rng.between(0, 2),
        };
        let oldest = teller.calendar.age(page.since) - 20;
        for _ in 0..answers {
            let day = teller.calendar.ago(rng.between(3, oldest));
            answer(teller, page, day, &mut rng);
        }
    }
}

fn answer(teller: &mut Teller, page: &Page, day: Date, rng: &mut Rng) {
    let present = page.present(day);
    let Some(seat) = present.get(rng.place(present.len())) else { return };
    let soured =
        page.client.habit.is_some_and(|habit| habit.fades()) && teller.calendar.age(day) < 400;
    let mood = page.client.habit.map_or(7, |habit| habit.mood) - if soured { 3 } else { 0 };
    let score = (mood + rng.between(-1, 1)).clamp(0, 10);
    let comment = match score {
        9.. => rng.pick(&GLAD),
        7..9 => rng.pick(&MILD),
        _ => rng.pick(&COOL),
    };
    let received = FeedbackReceived {
        account: page.id,
        score: Decimal::from(score),
        out_of: 10,
        contact: Some(page.stays[*seat].contact),
        person: if rng.chance(70) { Private::noted(comment) } else { Private::default() },
    };
    teller.tell(day, Door::Crm, received);
}

/// Clients whose judgements lapse within the next weeks: so many days from today.
const LAPSES_SOON: [(&str, i64); 4] = [
    ("Osmunda Clinics", 12),
    ("Thornquay Logistics", 19),
    ("Fernlock Data Centres", 26),
    ("Varnholt Precision", 33),
];

/// Tells the director's judgements: a year each, then judged anew.
pub(super) fn judge(teller: &mut Teller, book: &Book) {
    for page in &book.pages {
        let Some(habit) = page.client.habit.filter(|habit| habit.fit >= 2) else { continue };
        let mut rng = teller.rng(&page.label("judge"));
        let soon = LAPSES_SOON.iter().find(|(name, _)| *name == page.client.name);
        let lapses = soon.map_or_else(|| rng.between(50, 350), |(_, days)| *days);
        for year in 0..3 {
            let day = teller.calendar.ago(365 - lapses + 365 * year);
            if day > teller.calendar.start {
                judge_once(teller, page, habit, day, &mut rng);
            }
        }
    }
}

fn judge_once(teller: &mut Teller, page: &Page, habit: Habit, day: Date, rng: &mut Rng) {
    let rises = habit.pay[2] > habit.pay[0] * 2;
    let young = teller.calendar.age(day) > 365;
    let early = |score: u8| if rises && young { score.saturating_sub(2) } else { score };
    let judged = [
        (JudgementOf::StrategicFit, early(habit.fit), fit_reason(early(habit.fit), rng)),
        (
            JudgementOf::GrowthPotential,
            early(habit.growth),
            growth_reason(early(habit.growth), rng),
        ),
    ];
    for (of, score, reason) in judged {
        let given = JudgementGiven {
            account: page.id,
            of,
            score,
            by: Member::Director.id(),
            reason: reason.to_owned(),
            expires: day + 1.year(),
        };
        teller.tell_late(day, 0, Door::Page(Member::Director), given);
    }
}

fn fit_reason(score: u8, rng: &mut Rng) -> &'static str {
    match score {
        5 => rng.pick(&[
            "Exactly the work we want more of, at sites we can reach.",
            "Leads its field. Who works there is easy to place elsewhere.",
            "Skilled work, long assignments, and a say in how it is planned.",
        ]),
        4 => rng.pick(&[
            "Steady need for skilled people in two of our regions.",
            "Suits our plan for the next years, but for the night work.",
            "Good name in its field. Half of the work is skilled.",
        ]),
        3 => rng.pick(&[
            "Sound work, though any agency could do it.",
            "Fits the regions we are in, not the trades we want to grow.",
            "A fair client. Does not open doors.",
        ]),
        _ => rng.pick(&[
            "Price decides there. We are one of several.",
            "Simple work with thin margins.",
            "Outside the trades we want to grow.",
        ]),
    }
}

fn growth_reason(score: u8, rng: &mut Rng) -> &'static str {
    match score {
        5 => rng.pick(&[
            "Two new sites are being built. We staff one of four departments today.",
            "Doubles its people within three years, by its own plan.",
        ]),
        4 => rng.pick(&[
            "Other parts of the group buy elsewhere still.",
            "A second shift is planned, and we know the people who plan it.",
        ]),
        3 => rng.pick(&[
            "Grows with its market. Some departments are open to us.",
            "A third of its temporary staff comes from us. Half is possible.",
        ]),
        _ => rng.pick(&[
            "We have what there is to have.",
            "Automates what we do for it.",
            "Shrinking market, no new sites.",
        ]),
    }
}

/// Tells who recommended us, and whom that brought.
pub(super) fn refer(teller: &mut Teller, book: &Book) {
    let start = teller.calendar.start;
    let mut newcomers: Vec<&Page> = book.pages.iter().filter(|page| page.since > start).collect();
    for page in &book.pages {
        let mut rng = teller.rng(&page.label("refer"));
        let count = page.client.habit.map_or(usize::from(rng.chance(8)), |habit| habit.referrals);
        for _ in 0..count {
            let oldest = teller.calendar.age(page.since).min(690);
            let mut day = teller.calendar.ago(rng.between(20, oldest));
            let mut brought = None;
            let place = rng.place(newcomers.len());
            let recent = newcomers.get(place).filter(|new| {
                let age = teller.calendar.age(new.since);
                new.id != page.id && age + 9 < oldest && rng.chance(80)
            });
            if let Some(new) = recent {
                day = new.since - 9.days();
                brought = Some(new.id);
                newcomers.swap_remove(place);
            }
            teller.tell(day, Door::Crm, ReferralGiven { account: page.id, brought });
        }
    }
}
