//! Why another policy would have said something else, in sentences.

use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::{Policy, Status};
use linchpin_domain::trial::{Cause, Compared, Counts, Given, Outcome, Shift, Trial};

use crate::words;

/// How many would be key, and how many fewer or more that are.
pub(super) fn sentence(counts: Counts) -> String {
    let (now, draft) = (counts.stayed + counts.ceased, counts.stayed + counts.became);
    let would = words::count(u64::from(draft), "account would be", "accounts would be");
    let apart = words::number(u64::from(now.abs_diff(draft)));
    let beside = match draft.cmp(&now) {
        std::cmp::Ordering::Less => format!("{apart} fewer than now"),
        std::cmp::Ordering::Greater => format!("{apart} more than now"),
        std::cmp::Ordering::Equal if counts.became == 0 => "the same as now".to_owned(),
        std::cmp::Ordering::Equal => "as many as now, but not the same ones".to_owned(),
    };
    format!("Under this draft {would} key or on trial, {beside}.")
}

/// How many would cease to be key accounts by nothing but a yes or a confirmation that the draft
/// asks for and nobody could give, since it was not in force; `None` where there are none.
pub(super) fn for_want_of_a_yes(tried: &Trial, draft: &Policy) -> Option<String> {
    if !draft.asks_to_enter() && draft.reassess_every_days.is_none() {
        return None;
    }
    let wanting = |it: &&Compared| {
        it.outcome == Outcome::Ceased && (waits(it) || it.draft.points >= draft.stays_from)
    };
    let waiting = tried.clients.iter().filter(wanting).count() as u64;
    let would = words::count(waiting, "account", "accounts");
    (waiting > 0).then(|| {
        format!(
            "Of those who would cease, {would} would for want of a yes or a confirmation that \
             nobody was asked for."
        )
    })
}

/// Whether it would wait for a yes.
fn waits(compared: &Compared) -> bool {
    compared.draft.status == Status::Nominated
}

/// What makes the difference for a client; empty where there is none.
pub(super) fn why(compared: &Compared, currency: Currency) -> String {
    // Whatever made it be proposed: that it is no key account today hangs on a yes.
    if compared.outcome == Outcome::Ceased && waits(compared) {
        return course(compared);
    }
    match compared.turn.as_ref().map(|turn| &turn.cause) {
        None => String::new(),
        Some(Cause::Criterion(shift)) => shifted(shift, currency),
        Some(Cause::Thresholds { now, draft }) => thresholds(*now, *draft),
        Some(Cause::Course) => course(compared),
    }
}

fn shifted(shift: &Shift, currency: Currency) -> String {
    let title = words::capital(&shift.title);
    let points = |given: Given| {
        words::count(u64::from(given.points), "point", "points") + &format!(" of {}", given.out_of)
    };
    match (shift.now, shift.draft) {
        (Some(now), Some(draft)) => {
            let apart = if now.value == draft.value {
                format!("on {}", figure(shift, draft.value, currency))
            } else {
                let (was, would) =
                    (figure(shift, now.value, currency), figure(shift, draft.value, currency));
                format!("on {would}; now on {was}")
            };
            format!("{title} gives {}, not {}, {apart}.", points(draft), points(now))
        }
        (None, Some(draft)) => {
            format!(
                "{title} counts besides: {} on {}.",
                points(draft),
                figure(shift, draft.value, currency)
            )
        }
        (Some(now), None) => format!("{title} counts no more; now it gives {}.", points(now)),
        (None, None) => String::new(),
    }
}

fn figure(shift: &Shift, value: Option<Decimal>, currency: Currency) -> String {
    match value {
        None => "no data".to_owned(),
        Some(value) if shift.measure.is_money() => words::money(value, currency),
        Some(value) => format!("a figure of {}", words::figure(value)),
    }
}

fn thresholds(now: (u32, u32), draft: (u32, u32)) -> String {
    let enters =
        (now.0 != draft.0).then(|| format!("to enter takes {} points, not {}", draft.0, now.0));
    let stays = (now.1 != draft.1).then(|| format!("to stay takes {}, not {}", draft.1, now.1));
    let said: Vec<String> = [enters, stays].into_iter().flatten().collect();
    words::capital(&said.join("; ")) + "."
}

fn course(compared: &Compared) -> String {
    match (compared.now.status, compared.draft.status) {
        (_, Status::Nominated) => "It waits for somebody’s yes.".to_owned(),
        (Status::Nominated, _) => "It waits for nobody’s yes.".to_owned(),
        (Status::Key, Status::Trial) => "It is on trial still.".to_owned(),
        (Status::Trial, Status::Key) => "Its trial is over, or there is none.".to_owned(),
        _ => "Not by its points that day: by rules on approval, trial, grace or reassessment, or \
              by what went before."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use linchpin_domain::policy::Measure;

    use super::*;

    #[test]
    fn the_sentence_says_how_many_and_how_many_fewer() {
        let counts = |stayed, became, ceased| Counts { stayed, became, ceased, never: 3 };
        let said = sentence(counts(12, 1, 2));
        assert_eq!(
            said,
            "Under this draft 13 accounts would be key or on trial, one fewer than now."
        );
        assert!(sentence(counts(0, 1, 0)).contains("1 account would be key or on trial, one more"));
        assert!(sentence(counts(4, 0, 0)).contains("the same as now"));
        assert!(sentence(counts(4, 2, 2)).contains("but not the same ones"));
    }

    #[test]
    fn a_criterion_is_named_with_both_figures() {
        let given = |points, value: i64| Given { value: Some(value.into()), points, out_of: 20 };
        let mut shift = Shift {
            id: "revenue".to_owned(),
            title: "revenue".to_owned(),
            measure: Measure::Revenue,
            now: Some(given(18, 112_000)),
            draft: Some(given(1, 112_000)),
        };
        let said = shifted(&shift, Currency::EUR);
        assert_eq!(said, "Revenue gives 1 point of 20, not 18 points of 20, on €112,000.");
        shift.draft = Some(given(9, 40_000));
        assert!(shifted(&shift, Currency::EUR).ends_with("on €40,000; now on €112,000."));
        shift.now = None;
        assert!(shifted(&shift, Currency::EUR).contains("counts besides: 9 points"));
        shift.draft = None;
        shift.now = Some(given(2, 1));
        assert!(shifted(&shift, Currency::EUR).contains("counts no more"));
        assert_eq!(thresholds((65, 55), (68, 55)), "To enter takes 68 points, not 65.");
    }
}
