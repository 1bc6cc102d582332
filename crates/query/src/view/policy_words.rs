//! What a policy says, and how two of them differ, in plain sentences.

use linchpin_domain::fact::Role;
use linchpin_domain::money::Currency;
use linchpin_domain::policy::{Criterion, Missing, Policy};

use super::criteria;
use crate::words;

/// A policy in sentences: first its terms, then each criterion in the order of the document.
/// Amounts are shown in the firm's currency, where there is a firm yet.
pub fn policy_sentences(policy: &Policy, currency: Option<Currency>) -> Vec<String> {
    let terms = terms(policy).into_iter().filter_map(|term| term.sentence());
    terms.chain(policy.criteria.iter().map(|it| criterion_sentence(it, currency))).collect()
}

/// How a policy differs from an earlier one, a sentence for each thing that does; none where both
/// say the same in other words.
pub fn policy_differences(
    before: &Policy,
    after: &Policy,
    currency: Option<Currency>,
) -> Vec<String> {
    let mut said = Vec::new();
    if before.name != after.name {
        said.push(format!("It is called “{}” (before: “{}”).", after.name, before.name));
    }
    for (old, new) in terms(before).iter().zip(terms(after)) {
        if old.says != new.says {
            let quiet = || "nothing said".to_owned();
            let (is, was) = (new.says.clone(), old.says.clone().unwrap_or_else(quiet));
            said.push(format!("{} {} (before: {was}).", new.subject, is.unwrap_or_else(quiet)));
        }
    }
    let find = |policy: &Policy, id: &str| policy.criteria.iter().position(|it| it.id == id);
    for new in &after.criteria {
        match find(before, &new.id).map(|at| &before.criteria[at]) {
            None => said.push(format!("Added: {}", criterion_sentence(new, currency))),
            Some(old) => said.extend(changed(old, new, currency)),
        }
    }
    let gone = before.criteria.iter().filter(|old| find(after, &old.id).is_none());
    said.extend(gone.map(|old| format!("Removed: {}", criterion_sentence(old, currency))));
    let kept = |one: &Policy, other: &Policy| -> Vec<String> {
        let ids = one.criteria.iter().map(|it| it.id.clone());
        ids.filter(|id| find(other, id).is_some()).collect()
    };
    if kept(before, after) != kept(after, before) {
        said.push("The criteria stand in another order, which changes no points.".to_owned());
    }
    said
}

/// One thing that every policy says or is silent about.
struct Term {
    subject: &'static str,
    says: Option<String>,
}

impl Term {
    fn sentence(&self) -> Option<String> {
        Some(format!("{} {}.", self.subject, self.says.as_ref()?))
    }
}

/// The terms of a policy: as many of every one, in the same order.
fn terms(policy: &Policy) -> Vec<Term> {
    let yes = |asks: bool| match policy.approval {
        Some(approval) if asks => format!("waits for the yes of {}", approval.role.holder()),
        _ => "waits for nobody’s yes".to_owned(),
    };
    let approval = policy.approval;
    let ownership = policy.ownership;
    let of = policy.out_of();
    let entering = format!("at {} of {of} points", policy.enters_at);
    let review = match policy.grace_days {
        0 => "released on the same day".to_owned(),
        grace => format!("under review for {}, then released", days(grace)),
    };
    let trial = match policy.trial_days {
        0 => "has no trial".to_owned(),
        trial => format!("is on trial for {}", days(trial)),
    };
    let lapse = policy.reassess_every_days.map_or_else(
        || "never lapses".to_owned(),
        |every| format!("lapses into review unless it is confirmed within {}", days(every)),
    );
    let term = |subject, says| Term { subject, says };
    vec![
        term("A client becomes a key account", Some(entering)),
        term("It stays one", Some(format!("from {} points", policy.stays_from))),
        term("Below that it is", Some(review)),
        term("A new key account", Some(trial)),
        term("A nomination", Some(yes(approval.is_some_and(|it| it.to_enter)))),
        term("A release", Some(yes(approval.is_some_and(|it| it.to_release)))),
        term(
            "A refused client",
            approval.map(|it| {
                format!("is not nominated again by its points for {}", days(it.veto_days))
            }),
        ),
        term("The status of a key account", Some(lapse)),
        term("A policy in its place", Some(adopted_by(&policy.adopted_by))),
        term(
            "Work for a parent",
            ownership.map(|it| match it.parent_history_counts {
                true => "gives a claim on its subsidiary".to_owned(),
                false => "gives no claim on its subsidiary".to_owned(),
            }),
        ),
        term(
            "Earlier work",
            ownership.map(|it| format!("gives a claim for {}", days(it.dormant_after_days))),
        ),
    ]
}

fn adopted_by(roles: &[Role]) -> String {
    let words: Vec<String> = roles.iter().map(|role| role.holder().to_owned()).collect();
    match words.is_empty() {
        true => "needs nobody’s approval".to_owned(),
        false => format!("needs the approval of {}", words::list(&words)),
    }
}

fn days(days: i32) -> String {
    words::count(days.unsigned_abs().into(), "day", "days")
}

fn criterion_sentence(criterion: &Criterion, currency: Option<Currency>) -> String {
    let sufficient =
        if criterion.sufficient { " All of them are enough by themselves." } else { "" };
    let required =
        if criterion.required { " Without a point from it nobody is a key account." } else { "" };
    format!(
        "{}: {}, up to {}; where nothing is known, {}.{sufficient}{required}",
        criterion.title,
        criteria::rule(criterion, currency),
        points(criterion.points),
        missing(criterion.missing),
    )
}

/// What differs between two wordings of one criterion, as one sentence.
fn changed(old: &Criterion, new: &Criterion, currency: Option<Currency>) -> Option<String> {
    let enough = |it: &Criterion| match it.sufficient {
        true => "enough by itself".to_owned(),
        false => "not enough by itself".to_owned(),
    };
    let required = |it: &Criterion| match it.required {
        true => "nobody without it".to_owned(),
        false => "also those without it".to_owned(),
    };
    let aspects: [&dyn Fn(&Criterion) -> String; 6] = [
        &|it| format!("called “{}”", it.title),
        &|it| criteria::rule(it, currency),
        &|it| points(it.points),
        &|it| format!("{} where nothing is known", missing(it.missing)),
        &enough,
        &required,
    ];
    let pairs = aspects.iter().map(|aspect| (aspect(old), aspect(new)));
    let mut parts: Vec<String> = pairs
        .filter(|(was, is)| was != is)
        .map(|(was, is)| format!("{is} (before: {was})"))
        .collect();
    if old.measure != new.measure && parts.is_empty() {
        parts.push("another measure".to_owned());
    }
    if old.why != new.why {
        parts.push("another reason why".to_owned());
    }
    (!parts.is_empty()).then(|| format!("{}: {}.", old.title, parts.join("; ")))
}

fn points(points: u32) -> String {
    words::count(points.into(), "point", "points")
}

fn missing(missing: Missing) -> &'static str {
    match missing {
        Missing::NoPoints => "no points",
        Missing::HalfThePoints => "half the points",
    }
}

#[cfg(test)]
mod tests {
    use linchpin_domain::policy::FIRST_POLICY;

    use super::*;

    fn first(changes: &[(&str, &str)]) -> Policy {
        let text = changes.iter().fold(FIRST_POLICY.to_owned(), |text, (this, that)| {
            assert!(text.contains(this), "{this}");
            text.replacen(this, that, 1)
        });
        Policy::parse(&text).expect("the first policy with these changes holds")
    }

    fn differ(changes: &[(&str, &str)]) -> Vec<String> {
        policy_differences(&first(&[]), &first(changes), Some(Currency::EUR))
    }

    #[test]
    fn without_a_firm_amounts_have_no_currency() {
        let said = policy_sentences(&first(&[]), None).join(" ");
        assert!(said.contains("Revenue: 50,000 to 400,000 in 12 months"), "{said}");
        assert!(!said.contains('€'), "{said}");
    }

    #[test]
    fn a_policy_is_told_term_by_term_and_criterion_by_criterion() {
        let said = policy_sentences(&first(&[]), Some(Currency::EUR));
        assert_eq!(
            said[..5],
            [
                "A client becomes a key account at 55 of 100 points.",
                "It stays one from 45 points.",
                "Below that it is under review for 60 days, then released.",
                "A new key account has no trial.",
                "A nomination waits for nobody’s yes.",
            ]
        );
        let revenue = "Revenue: €50,000 to €400,000 in 12 months, up to 25 points; where nothing \
                       is known, no points.";
        assert!(said.iter().any(|it| it == revenue), "{said:#?}");
        assert!(said.iter().any(|it| it.contains("of the whole group")), "{said:#?}");
        assert!(said.iter().all(|it| it.ends_with('.')));
        assert_eq!(said.len(), 10 + first(&[]).criteria.len(), "no veto is spoken of");
    }

    #[test]
    fn comments_and_layout_make_no_difference() {
        assert_eq!(
            differ(&[("# The key-account policy", "\n\n# Ours, the key-account policy")]),
            [""; 0]
        );
    }

    #[test]
    fn terms_that_differ_are_told_with_what_they_were() {
        let approval = "[approval]\nrole = \"operations\"\nof = [\"release\"]\n[ownership]";
        let said = differ(&[
            ("First policy", "Second policy"),
            ("enters_at = 55", "enters_at = 60"),
            ("grace_days = 60", "grace_days = 0"),
            ("[ownership]", approval),
            ("parent_history_counts = false", "parent_history_counts = true"),
        ]);
        assert_eq!(
            said,
            [
                "It is called “Second policy” (before: “First policy”).",
                "A client becomes a key account at 60 of 100 points (before: at 55 of 100 points).",
                "Below that it is released on the same day (before: under review for 60 days, then \
                 released).",
                "A release waits for the yes of operations (before: waits for nobody’s yes).",
                "A refused client is not nominated again by its points for 180 days (before: \
                 nothing said).",
                "Work for a parent gives a claim on its subsidiary (before: gives no claim on its \
                 subsidiary).",
            ]
        );
    }

    #[test]
    fn criteria_are_told_where_they_came_went_or_changed() {
        let revenue = [("to = 400000", "to = 600000"), ("points = 25", "points = 26")];
        let rest = [
            ("id = \"documented\"", "id = \"plan\""),
            ("missing = \"half the points\"", "missing = \"no points\"\nsufficient = true"),
        ];
        let said = differ(&[&revenue[..], &rest].concat());
        let [total, revenue, feedback, added, removed] = said.as_slice() else {
            panic!("{said:#?}")
        };
        assert!(total.contains("at 55 of 101 points (before: at 55 of 100 points)"), "{total}");
        assert_eq!(
            revenue,
            "Revenue: €50,000 to €600,000 in 12 months (before: €50,000 to €400,000 in 12 months); \
             26 points (before: 25 points)."
        );
        assert_eq!(
            feedback,
            "Feedback: no points where nothing is known (before: half the points where nothing is \
             known); enough by itself (before: not enough by itself)."
        );
        assert!(added.starts_with("Added: Account plan kept: "), "{added}");
        assert!(removed.starts_with("Removed: Account plan kept: "), "{removed}");
    }

    #[test]
    fn another_order_is_told_once() {
        let text = FIRST_POLICY;
        let (at, end) =
            (text.find("# 1. ").expect("the first"), text.find("# 2. ").expect("the second"));
        let moved = format!("{}{}\n{}", &text[..at], &text[end..], &text[at..end]);
        let moved = Policy::parse(&moved).expect("the order is free");
        let said = policy_differences(&first(&[]), &moved, Some(Currency::EUR));
        assert_eq!(said, ["The criteria stand in another order, which changes no points."]);
    }
}
