//! Light, dark, or as the system says: kept in a cookie, so that it works without a script.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::error::{PageError, safe_path};
use crate::frame::Theme;

/// The form of the theme switch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    theme: String,
    #[serde(default)]
    return_to: String,
}

/// Keeps the wish and leads back.
pub(crate) async fn theme(wish: Result<Form<Wish>, FormRejection>) -> Result<Response, PageError> {
    let Form(wish) = wish.map_err(|refused| PageError::of_form(&refused))?;
    let Some(theme) = Theme::named(&wish.theme) else {
        let words = "`theme` is none of `auto`, `light` and `dark`. Use the buttons at the foot.";
        return Err(PageError::Bad(words.to_owned()));
    };
    let back = if safe_path(&wish.return_to) { wish.return_to.as_str() } else { "/" };
    let age = if theme == Theme::Auto { 0 } else { 31_536_000 };
    let cookie = format!("theme={}; Path=/; Max-Age={age}; SameSite=Lax; HttpOnly", theme.name());
    let mut answer = StatusCode::SEE_OTHER.into_response();
    for (name, value) in [(header::LOCATION, back), (header::SET_COOKIE, cookie.as_str())] {
        let value = HeaderValue::from_str(value).map_err(|_| PageError::Broken)?;
        answer.headers_mut().insert(name, value);
    }
    Ok(answer)
}
