//! What the lock adds to the description of the doors.

use linchpin_problem::Problem;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// Adds to a description how a token is sent and how its lack is answered. Sending none stands
/// among the ways, for on loopback none is needed.
pub fn describe(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("lpt_ and 48 letters of base64url")
        .description(Some("A token, made by `linchpin token new`."));
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
        "For browsers: the token is the password, the user name may be anything.",
    ));
    components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
    components.add_security_scheme("token_as_password", SecurityScheme::Http(basic.build()));
    let none: [&str; 0] = [];
    document.security = Some(vec![
        SecurityRequirement::new("token", none),
        SecurityRequirement::new("token_as_password", none),
        SecurityRequirement::default(),
    ]);
    for (path, item) in &mut document.paths.paths {
        if path != "/livez" {
            operations(item).for_each(answers);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn answers(operation: &mut Operation) {
    let told = [
        ("401", "no token, or one that is not in force"),
        ("403", "the token's role does not reach so far"),
        ("429", "too many wrong tokens came from this address"),
    ];
    for (status, words) in told {
        let there = operation.responses.responses.get_mut(status);
        match there {
            Some(RefOr::T(response)) => {
                response.description = format!("{}; {words}", response.description);
            }
            Some(RefOr::Ref(_)) => {}
            None => {
                let response = RefOr::T(problem(words));
                operation.responses.responses.insert(status.to_owned(), response);
            }
        }
    }
}

fn problem(words: &str) -> Response {
    let schema = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(schema))).build();
    ResponseBuilder::new().description(words).content("application/problem+json", content).build()
}
