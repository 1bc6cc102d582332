//! Every alert that stands or was settled within a week.

use askama::Template;
use axum::extract::State;
use jiff::civil::Date;
use linchpin_query::view::{self, AlertView};

use super::portfolio::{carried, page_number};
use super::{Chip, Choice, Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::{Web, working};
use crate::visit::Visit;

/// Alerts of a page of the list.
const PAGE: usize = 50;

/// States: value in the address, name, and the words in the view.
const STATES: [(&str, &str); 5] = [
    ("", "All"),
    ("open", "Open"),
    ("snoozed", "Snoozed"),
    ("acknowledged", "Acknowledged"),
    ("resolved", "Settled in 7 days"),
];

/// Kinds: value in the address and name.
const KINDS: [(&str, &str); 5] = [
    ("", "Every kind"),
    ("contacts", "Contact changes"),
    ("renewals", "Renewals and notice"),
    ("ownership", "Ownership"),
    ("status", "Status"),
];

/// What is shown of the alerts.
struct Filter {
    state: String,
    kind: String,
    to: String,
    account: String,
}

impl Filter {
    fn of(visit: &Visit) -> Result<Self, PageError> {
        let text = |name: &str| visit.get(name).unwrap_or_default().to_owned();
        let filter = Self {
            state: text("state"),
            kind: text("kind"),
            to: text("to"),
            account: text("account"),
        };
        for (name, value, known) in
            [("state", &filter.state, &STATES[..]), ("kind", &filter.kind, &KINDS[..])]
        {
            if !known.iter().any(|(word, _)| word == value) {
                let known: Vec<&str> = known.iter().skip(1).map(|(word, _)| *word).collect();
                let words = format!("`{name}` is `{value}`. It takes {}.", known.join(", "));
                return Err(PageError::Bad(words));
            }
        }
        Ok(filter)
    }

    /// Whether an alert fits, its state left aside.
    fn fits(&self, alert: &AlertView) -> bool {
        let account = self.account.to_lowercase();
        (self.kind.is_empty() || alert.group == self.kind)
            && (self.to.is_empty() || alert.to == self.to)
            && (account.is_empty()
                || alert.account.to_string() == account
                || alert.account_name.to_lowercase().contains(&account))
    }

    fn is_set(&self) -> bool {
        [&self.state, &self.kind, &self.to, &self.account].iter().any(|value| !value.is_empty())
    }
}

struct Group {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    whole: usize,
    alerts: Vec<AlertView>,
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct AlertsPage {
    frame: Frame,
    watch: String,
    today: Date,
    lede: String,
    filtered: bool,
    filter: Filter,
    chips: Vec<Chip>,
    kinds: Vec<Choice>,
    people: Vec<Choice>,
    carried: Vec<(&'static str, String)>,
    groups: Vec<Group>,
    previous: Option<String>,
    next: Option<String>,
}

/// The list of alerts.
pub(crate) async fn alerts(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&["state", "kind", "to", "account", "page"])?;
    let filter = Filter::of(&visit)?;
    let number = page_number(&visit)?;
    let now = web.now().await?;
    let (desk, clocks) = web.desk_at(&visit).await?;
    let at = clocks.clone();
    let all = working(move || view::alert_list(&desk, at)).await?;
    let frame = Frame::now("Alerts", Section::Alerts, &visit, &web, &now.portfolio)
        .at(&clocks, &web, &visit, "/alerts")
        .live();
    render(&compose(frame, &visit, filter, number, clocks.as_of, all))
}

fn compose(
    frame: Frame,
    visit: &Visit,
    filter: Filter,
    number: usize,
    today: Date,
    all: Vec<AlertView>,
) -> AlertsPage {
    let lede = lede(&all);
    let people = people(&all, &filter.to);
    let mut fits: Vec<AlertView> = all.into_iter().filter(|alert| filter.fits(alert)).collect();
    let chips = chips(visit, &filter, &fits);
    fits.retain(|alert| filter.state.is_empty() || alert.state == filter.state);
    let rank = |alert: &AlertView| match alert.state.as_str() {
        "open" => 0,
        "snoozed" => 1,
        "acknowledged" => 2,
        _ => 3,
    };
    fits.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| super::urgency(a, b)));
    let (open, rest) = counts(&fits);
    let from = (number - 1).saturating_mul(PAGE).min(fits.len());
    let to = (from + PAGE).min(fits.len());
    let whole = fits.len();
    let (waiting, resting): (Vec<AlertView>, Vec<AlertView>) =
        fits.drain(from..to).partition(|alert| alert.state == "open");
    let groups = [
        Group {
            id: "open",
            title: "Open",
            note: "Waiting for the person named",
            whole: open,
            alerts: waiting,
        },
        Group {
            id: "resting",
            title: "Resting and settled",
            note: "In hand, put off, or true no more",
            whole: rest,
            alerts: resting,
        },
    ];
    let at = |page: usize| visit.with("/alerts", &[("page", &page.to_string())]);
    AlertsPage {
        watch: "alerts".to_owned(),
        today,
        lede,
        filtered: filter.is_set(),
        kinds: KINDS.iter().map(|(v, n)| Choice::of(v, n, Some(&filter.kind))).collect(),
        people,
        carried: carried(visit, &["state"]),
        groups: groups.into_iter().filter(|group| !group.alerts.is_empty()).collect(),
        previous: (number > 1).then(|| at(number - 1)),
        next: (to < whole).then(|| at(number + 1)),
        chips,
        filter,
        frame,
    }
}

fn counts(alerts: &[AlertView]) -> (usize, usize) {
    let open = alerts.iter().filter(|alert| alert.state == "open").count();
    (open, alerts.len() - open)
}

fn lede(all: &[AlertView]) -> String {
    let (open, _) = counts(all);
    let urgent = all.iter().filter(|alert| super::urgent(alert)).count();
    let snoozed = all.iter().filter(|alert| alert.state == "snoozed").count();
    let open = match open {
        0 => return "None is open.".to_owned(),
        1 => "One is open".to_owned(),
        n => format!("{} are open", show::spelled(n)),
    };
    match (urgent, snoozed) {
        (0, 0) => format!("{open}, and none of them is urgent."),
        (0, n) => format!("{open}, and {} put off.", is_are(n)),
        (n, _) => format!("{open}, and {} cannot wait.", show::spelled_within(n)),
    }
}

fn is_are(number: usize) -> String {
    match number {
        1 => "one is".to_owned(),
        n => format!("{} are", show::spelled_within(n)),
    }
}

fn chips(visit: &Visit, filter: &Filter, fits: &[AlertView]) -> Vec<Chip> {
    let chip = |(value, name): (&'static str, &'static str)| Chip {
        href: visit.with("/alerts", &[("state", value), ("page", "")]),
        name,
        status: None,
        accounts: fits.iter().filter(|alert| value.is_empty() || alert.state == value).count(),
        current: filter.state == value,
    };
    STATES.into_iter().map(chip).collect()
}

fn people(all: &[AlertView], chosen: &str) -> Vec<Choice> {
    let mut names: Vec<&str> = all.iter().map(|alert| alert.to.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut choices = vec![Choice::of("", "Anyone", Some(chosen))];
    choices.extend(names.into_iter().map(|name| Choice::of(name, name, Some(chosen))));
    choices
}
