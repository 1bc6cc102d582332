//! The portfolio as a table for a spreadsheet, with the same filter as the page.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use linchpin_query::view::AccountRow;

use super::portfolio::KNOWN;
use super::rows::Filter;
use crate::error::PageError;
use crate::show;
use crate::state::Web;
use crate::visit::Visit;

const HEAD: &str = "id,external_source,external_id,name,status,since,points,out_of,points_before,\
    revenue,currency,orders,engagements,rank,share,owner,next_deadline,next_deadline_is,open_alerts";

/// The accounts that fit the filter, all of them.
pub(crate) async fn portfolio_csv(
    State(web): State<Web>,
    visit: Visit,
) -> Result<Response, PageError> {
    visit.allow(&KNOWN)?;
    let filter = Filter::of(&visit)?;
    web.now().await?;
    let seen = web.at(&visit).await?;
    let mut out = format!("{HEAD}\r\n");
    for row in filter.pick(&seen.portfolio.accounts) {
        if filter.status.is_none_or(|status| row.status == status) {
            out.push_str(&line(row, &seen.portfolio.currency));
            out.push_str("\r\n");
        }
    }
    let name = format!("attachment; filename=\"portfolio-{}.csv\"", seen.clocks.as_of);
    let kind = "text/csv; charset=utf-8; header=present".to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], out).into_response())
}

fn line(row: &AccountRow, currency: &str) -> String {
    let deadline = row.next_deadline.as_ref();
    let text = |text: Option<&str>| cell(text.unwrap_or_default());
    let cells = [
        row.id.to_string(),
        text(row.external_source.as_deref()),
        text(row.external_id.as_deref()),
        cell(&row.name),
        show::status_word(row.status).to_lowercase(),
        row.since.map(|day| day.to_string()).unwrap_or_default(),
        row.points.to_string(),
        row.out_of.to_string(),
        row.points_before.to_string(),
        row.revenue.clone().unwrap_or_default(),
        currency.to_owned(),
        row.orders.to_string(),
        row.engagements.to_string(),
        row.rank.to_string(),
        format!("{:.6}", row.share),
        text(row.owner.as_ref().map(|owner| owner.name.as_str())),
        deadline.map(|deadline| deadline.day.to_string()).unwrap_or_default(),
        text(deadline.map(|deadline| deadline.what.as_str())),
        row.open_alerts.to_string(),
    ];
    cells.join(",")
}

/// A text as a cell. A text from outside must not become a formula in somebody's spreadsheet, so
/// one that would is led by an apostrophe.
fn cell(text: &str) -> String {
    let risky =
        text.trim_start_matches([' ', '"']).starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let text = if risky { format!("'{text}") } else { text.to_owned() };
    if risky || text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("@SUM(A1)"), "\"'@SUM(A1)\"");
        assert_eq!(cell(" -2"), "\"' -2\"");
        assert_eq!(cell("\t=1"), "\"'\t=1\"");
        assert_eq!(cell("Oak, \"Ash\" & Co"), "\"Oak, \"\"Ash\"\" & Co\"");
        assert_eq!(cell("Brackwater-Logistics"), "Brackwater-Logistics");
    }
}
