//! The pages, over the read model: the sentence first, then what backs it.
//!
//! Every page reads and acts without a script. Acts are plain forms to the same endpoints that
//! programs use. Where a script runs, fragments follow the ledger's stream. Nothing is fetched
//! from elsewhere and nothing stands inline, so the content security policy is strict.

mod assets;
mod error;
mod frame;
mod guard;
mod marks;
mod page;
mod plot;
mod refused;
mod show;
mod state;
mod visit;

pub use error::html_errors;
pub use guard::secure_headers;
pub use refused::SentForm;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use linchpin_query::ReadModel;

use crate::state::Web;

/// The pages. Besides its own addresses it answers every address that nothing else does, so it
/// is merged last. [`html_errors`] and [`secure_headers`] are on it already; the whole desk puts
/// them around its other doors too.
pub fn router(model: ReadModel) -> Router {
    let pages = Router::new()
        .route("/", get(page::today))
        .route("/portfolio", get(page::portfolio))
        .route("/portfolio.csv", get(page::portfolio_csv))
        .route("/portfolio/movement", get(page::movement))
        .route("/suggestions", get(page::suggestions))
        .route("/accounts/{id}", get(page::account))
        .route("/accounts/{id}/acts/{name}", get(page::act))
        .route("/members", get(page::members))
        .route("/members/{id}/acts/leave", get(page::leave))
        .route("/members/{id}/acts/hand-over", get(page::hand_all))
        .route("/ownership", get(page::ownership))
        .route("/alerts", get(page::alerts))
        .route("/policy", get(page::policy))
        .route(
            "/policy/try",
            get(page::trial)
                .post(page::trial_of_document)
                .layer(DefaultBodyLimit::max(page::MAX_FORM)),
        )
        .route("/policy.toml", get(page::policy_toml))
        .route("/look-back", get(page::look_back))
        .route("/entries/{position}", get(page::entry))
        .route("/quarantine", get(page::quarantine))
        .route("/search", get(page::search))
        .route("/theme", post(page::theme))
        .route("/assets/{name}", get(assets::asset))
        .fallback(error::nowhere)
        .with_state(Web { model });
    secure_headers(html_errors(pages))
}
