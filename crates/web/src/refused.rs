//! The page of a form that was refused: what, why, what to do, and what was typed.

use askama::Template;
use axum::http::StatusCode;

use crate::frame::Frame;
use crate::visit::Visit;

/// A form that a door refused, as an extension of its answer: so the page that says so can show
/// again what was typed into it.
#[derive(Debug, Clone)]
pub struct SentForm {
    /// The path it was sent to.
    pub action: String,
    /// The page of this desk that it would have led back to.
    pub back: String,
    /// Its fields, in their order.
    pub fields: Vec<(String, String)>,
}

/// Something that was typed.
struct Typed {
    name: String,
    label: &'static str,
    is_day: bool,
    value: String,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    frame: Frame,
    status: u16,
    what: &'static str,
    detail: String,
    back: String,
    action: String,
    /// What was chosen and not typed.
    chosen: Vec<(String, String)>,
    typed: Vec<Typed>,
}

/// The page. `from` is the one on which the form stands, where the browser says so.
pub(crate) fn page(
    visit: &Visit,
    status: StatusCode,
    detail: String,
    form: &SentForm,
    from: Option<String>,
) -> Option<String> {
    let what = what(&form.action);
    let frame = Frame::bare(&format!("Not done: {what}"), visit);
    let (mut chosen, mut typed) = (Vec::new(), Vec::new());
    for (name, value) in form.fields.iter().cloned() {
        match asked(&name) {
            Some((label, is_day)) => typed.push(Typed { name, label, is_day, value }),
            None => chosen.push((name, value)),
        }
    }
    let back = from.unwrap_or_else(|| form.back.clone());
    let (status, action) = (status.as_u16(), form.action.clone());
    RefusedPage { frame, status, what, detail, back, action, chosen, typed }.render().ok()
}

/// What a form wants done, by the address of its door.
fn what(action: &str) -> &'static str {
    let mut parts = action.trim_start_matches("/v1/").split('/');
    match (parts.next(), parts.nth(1)) {
        (Some("accounts"), Some("dismiss")) => "Say that the two do not belong together",
        (Some("accounts"), Some(deed)) => crate::page::deed_title(deed).unwrap_or("The act"),
        (Some("alerts"), Some("acknowledge")) => "Acknowledge the alert",
        (Some("alerts"), Some("snooze")) => "Snooze the alert",
        (Some("contracts"), Some("talks-started")) => "Say that renewal talks have started",
        (Some("facts"), Some("retract")) => "Take the fact back",
        (Some("members"), None) => "Name a colleague",
        (Some("members"), Some("leave")) => "Say that a colleague has left",
        (Some("members"), Some("hand-over")) => "Hand all their clients over",
        _ => "The act",
    }
}

/// How a field that people type into is called, and whether it takes a day.
fn asked(name: &str) -> Option<(&'static str, bool)> {
    match name {
        "reason" => Some(("Why", false)),
        "name" => Some(("Full name", false)),
        "id" => Some(("Who it is in another system", false)),
        "score" => Some(("The score, from 0 to 5", false)),
        "note" => Some(("What will be done", false)),
        "promises" => Some(("What was promised and is still to be kept, one a line", false)),
        "day" => Some(("When", true)),
        "until" => Some(("Until when", true)),
        "expires" => Some(("The last day on which it holds", true)),
        _ => None,
    }
}
