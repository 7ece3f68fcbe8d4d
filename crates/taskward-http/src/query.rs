//! Query strings: a closed list of parameters, each at most once (SEC-56).
//!
//! `user_id` is ignored, because clients of the "Phase II" convention send it: identity comes from the token alone.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use taskward_domain::PageLimit;
use taskward_domain::limits::PAGE_MAX;

use crate::limits::NAME_MAX;
use crate::problem::Problem;

/// The query of a route that takes no parameters.
pub(crate) struct NoQuery;

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let [] = read(parts, [])?;
        Ok(Self)
    }
}

/// The values of `names`, in their order.
///
/// # Errors
/// A 400 that names an unknown or repeated parameter.
pub(crate) fn read<const N: usize>(
    parts: &Parts,
    names: [&str; N],
) -> Result<[Option<String>; N], Problem> {
    let mut values = [const { None }; N];
    let Some(query) = parts.uri.query() else {
        return Ok(values);
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == "user_id" {
            continue;
        }
        let slot = names
            .iter()
            .zip(&mut values)
            .find(|(known, _)| **known == name)
            .map(|(_, slot)| slot);
        match slot {
            Some(slot) if slot.is_none() => *slot = Some(value.into_owned()),
            Some(_) => {
                return Err(Problem::malformed_query(format!(
                    "The query has `{name}` more than once."
                )));
            }
            None => return Err(unknown(&name, &names)),
        }
    }
    Ok(values)
}

fn unknown(name: &str, known: &[&str]) -> Problem {
    let name: String = name.chars().take(NAME_MAX).collect();
    let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    Problem::malformed_query(if known.is_empty() {
        format!("`{name}` is not a query parameter of this path, which has none.")
    } else {
        format!(
            "`{name}` is not a query parameter of this path, which has {}.",
            known.join(", ")
        )
    })
}

/// A parameter that is `true` or `false`.
pub(crate) fn true_or_false(name: &str, text: Option<String>) -> Result<Option<bool>, Problem> {
    match text.as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::malformed_query(format!(
            "`{name}` must be true or false."
        ))),
    }
}

/// The `limit` of a page.
pub(crate) fn limit(text: Option<String>) -> Result<PageLimit, Problem> {
    let Some(text) = text else {
        return Ok(PageLimit::DEFAULT);
    };
    whole_number(&text)
        .and_then(|number| u16::try_from(number).ok())
        .and_then(PageLimit::new)
        .ok_or_else(|| {
            Problem::malformed_query(format!(
                "`limit` must be a whole number from 1 to {PAGE_MAX}."
            ))
        })
}

/// A whole number in its one spelling: digits, no sign, no leading zero.
pub(crate) fn whole_number(text: &str) -> Option<u64> {
    let is_canonical =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_56_a_number_has_one_spelling() {
        assert_eq!(whole_number("0"), Some(0));
        assert_eq!(whole_number("120"), Some(120));
        for other in ["", "01", "+1", "-1", "1.0", " 1", "18446744073709551616"] {
            assert_eq!(whole_number(other), None, "{other}");
        }
    }
}
