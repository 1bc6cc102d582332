//! What every page shares: the head, the navigation, the foot, the two clocks.

use std::borrow::Cow;

use askama::filters::Safe;
use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::policy::Status;
use linchpin_query::view::{Clocks, Portfolio};

use crate::show;
use crate::state::Web;
use crate::visit::Visit;

/// Light, dark, or as the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// The values of the switch and their names.
    pub(crate) const CHOICES: [(&'static str, &'static str); 3] =
        [("auto", "System"), ("light", "Light"), ("dark", "Dark")];

    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What overrides the system's wish.
    pub(crate) fn forced(&self) -> Option<&'static str> {
        (*self != Self::Auto).then(|| self.name())
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name() == name
    }

    /// As set by the reader's cookie.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let cookies =
            headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|cookies| cookies.split(';'));
        let theme = pairs.filter_map(|pair| pair.trim().strip_prefix("theme="));
        theme.filter_map(Self::named).next().unwrap_or_default()
    }
}

/// A part of the desk in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Today,
    Portfolio,
    Alerts,
    Policy,
    LookBack,
    Other,
}

/// One line of the navigation.
pub(crate) struct NavItem {
    pub(crate) href: &'static str,
    pub(crate) name: &'static str,
    pub(crate) icon: Safe<&'static str>,
    pub(crate) current: bool,
    pub(crate) is_alerts: bool,
}

/// An account in the navigation.
#[derive(Clone)]
pub(crate) struct NavAccount {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: Status,
}

/// The banner of a page that is not at now and now.
pub(crate) struct Past {
    pub(crate) words: String,
    pub(crate) back: String,
}

/// What every page shares.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) section: Section,
    pub(crate) theme: Theme,
    pub(crate) firm: String,
    pub(crate) simulated: Option<String>,
    pub(crate) open_alerts: usize,
    pub(crate) largest: Vec<NavAccount>,
    pub(crate) past: Option<Past>,
    pub(crate) clocks: String,
    pub(crate) position: u64,
    pub(crate) read_at: String,
    /// The zone of the firm's clock, for the live mark; empty where the ledger's own clock stands
    /// still between entries.
    pub(crate) zone: String,
    pub(crate) here: String,
    pub(crate) done: Option<Cow<'static, str>>,
    pub(crate) sought: String,
    pub(crate) live: bool,
}

impl Frame {
    /// The frame of a page that shows nothing of the ledger, such as an error.
    pub(crate) fn bare(title: &str, visit: &Visit) -> Self {
        Self {
            title: title.to_owned(),
            section: Section::Other,
            theme: visit.theme,
            firm: String::new(),
            simulated: None,
            open_alerts: 0,
            largest: Vec::new(),
            past: None,
            clocks: String::new(),
            position: 0,
            read_at: String::new(),
            zone: String::new(),
            here: visit.here.clone(),
            done: None,
            sought: String::new(),
            live: false,
        }
    }

    /// The frame of a page at the present day and knowledge.
    pub(crate) fn now(
        title: &str,
        section: Section,
        visit: &Visit,
        web: &Web,
        now: &Portfolio,
    ) -> Self {
        let genesis = web.model.genesis();
        let zone = genesis.zone();
        let clock = show::moment(web.model.now(), &zone);
        let key = now.accounts.iter().filter(|row| row.status.is_key()).take(5);
        let largest = key.map(|row| NavAccount {
            id: row.id.to_string(),
            name: row.name.clone(),
            status: row.status,
        });
        Self {
            section,
            firm: genesis.firm.clone(),
            simulated: genesis.simulated.then_some(clock),
            open_alerts: now.accounts.iter().map(|row| row.open_alerts as usize).sum(),
            largest: largest.collect(),
            position: now.clocks.position,
            read_at: show::hour(web.model.now(), &zone),
            zone: if genesis.simulated { String::new() } else { genesis.time_zone.clone() },
            done: visit.done.as_deref().and_then(done_words),
            ..Self::bare(title, visit)
        }
    }

    /// Makes it live: fragments follow the stream.
    pub(crate) fn live(mut self) -> Self {
        self.live = self.past.is_none();
        self
    }

    /// Puts it into the past where the clocks say so. `present` is the page's address at now.
    pub(crate) fn at(mut self, clocks: &Clocks, web: &Web, visit: &Visit, present: &str) -> Self {
        if !clocks.past {
            return self;
        }
        let words = past_words(clocks.as_of, clocks.known_at, web);
        self.past = Some(Past { words, back: present.to_owned() });
        self.clocks = visit.clocks.query();
        self.live = false;
        self
    }

    /// An address that keeps the two clocks.
    pub(crate) fn link(&self, path: impl AsRef<str>) -> String {
        let path = path.as_ref();
        match self.clocks.as_str() {
            "" => path.to_owned(),
            clocks if path.contains('?') => format!("{path}&{clocks}"),
            clocks => format!("{path}?{clocks}"),
        }
    }

    /// Where a form leads back to once its act is done.
    pub(crate) fn after(&self, done: &str) -> String {
        let sign = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{sign}done={done}", self.here)
    }

    pub(crate) fn nav(&self) -> Vec<NavItem> {
        const ITEMS: [(Section, &str, &str, &str); 5] = [
            (Section::Today, "/", "Today", "<path d=\"M3 4h10M3 8h10M3 12h6\"/>"),
            (
                Section::Portfolio,
                "/portfolio",
                "Portfolio",
                "<path d=\"M2.5 3.5h11v9h-11zM2.5 7h11M6.5 7v5.5\"/>",
            ),
            (
                Section::Alerts,
                "/alerts",
                "Alerts",
                "<path d=\"M4 11V7a4 4 0 0 1 8 0v4l1 1H3zM7 14h2\"/>",
            ),
            (Section::Policy, "/policy", "Policy", "<path d=\"M4 2.5h8v11H4zM6 6h4M6 9h4\"/>"),
            (
                Section::LookBack,
                "/look-back",
                "Look back",
                "<circle cx=\"8\" cy=\"8\" r=\"5.5\"/><path d=\"M8 5v3l2 2\"/>",
            ),
        ];
        let item = |(section, href, name, icon)| NavItem {
            href,
            name,
            icon: Safe(icon),
            current: section == self.section,
            is_alerts: section == Section::Alerts,
        };
        ITEMS.into_iter().map(item).collect()
    }
}

fn past_words(as_of: Date, known_at: Option<Timestamp>, web: &Web) -> String {
    let known = match known_at {
        Some(at) => format!("known by {}", show::moment(at, &web.model.genesis().zone())),
        None => "as all that is known today tells it".to_owned(),
    };
    format!("True on {}, {known}.", show::day_long(&as_of))
}

/// What is said at the top once an act is done.
fn done_words(done: &str) -> Option<Cow<'static, str>> {
    let handed = done.strip_prefix("handed-over-partly.").and_then(partly_handed_over);
    handed.map(Cow::Owned).or_else(|| whole_words(done).map(Cow::Borrowed))
}

/// How many of somebody's clients passed over, stayed and are left, as the door counts them.
fn partly_handed_over(counts: &str) -> Option<String> {
    let counts = counts.split('.').map(|count| count.parse::<u32>().ok());
    let [passed, stayed, left] = counts.collect::<Option<Vec<_>>>()?.try_into().ok()?;
    let clients = |number: u32| show::count(number as usize, "client", "clients");
    let mut said = format!("Only part was handed over: {}.", clients(passed));
    if stayed > 0 {
        let refused = "stayed where they were, since what is known of them forbids it: hand over \
                       the rest again, and it says why.";
        said.push_str(&format!(" {} {refused}", clients(stayed)));
    }
    if left > 0 {
        let more = "left, more than are handed over at once: hand over the rest again.";
        said.push_str(&format!(" {} {more}", clients(left)));
    }
    Some(said)
}

fn whole_words(done: &str) -> Option<&'static str> {
    match done {
        "acknowledged" => Some("Acknowledged. It is in your hands now."),
        "snoozed" => Some("Snoozed. It comes back on that day."),
        "dismissed" => Some("Recorded: the two do not belong together. This is suggested no more."),
        "nominated" => Some("Recorded: it is proposed as a key account."),
        "approved" => Some("Approved."),
        "vetoed" => Some("Refused."),
        "confirmed" => Some("Confirmed. The time until the next confirmation begins anew."),
        "overridden" => Some("Recorded: the status is by override."),
        "override-ended" => Some("The override is ended. The policy alone counts."),
        "assigned" => Some("Recorded: it has an account manager."),
        "claimed" => Some("Recorded: the claim waits for a ruling."),
        "ruled" => Some("Ruled. The ruling is a precedent from now on."),
        "handed-over" => Some("Handed over."),
        "nothing-handed-over" => Some("Nothing was handed over: they look after no client."),
        "named" => Some("Recorded: who is here, under which name and in which role."),
        "judged" => Some("Recorded: the judgement counts until its last day."),
        "left" => Some("Recorded: they have left. What they look after is to be handed over."),
        "parent-set" => Some("Recorded: its place in the group is another."),
        "merged" => Some("Merged. Both histories count as one, and it can be undone."),
        "unmerged" => Some("The merge is undone. Each has its own history again."),
        "reviewed" => Some("Recorded: the account review was held."),
        "planned" => Some("Recorded: the account plan is up to date."),
        "talks-started" => Some("Recorded: renewal talks have started."),
        _ => None,
    }
}
