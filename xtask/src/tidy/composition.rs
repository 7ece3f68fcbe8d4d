//! Trust and power begin in one place (house rules 2 and 5): only `app` builds a `Verifier` or takes on `Maintenance`.

use super::Finding;
use super::tree::Tree;

const SOURCES: &str = "crates/taskward/src/";
const COMPOSITION_ROOT: [&str; 2] = ["crates/taskward/src/app.rs", "crates/taskward/src/app/"];

/// What gives trust or power: a type, the functions of it that everybody may call, and what to do instead of making one.
const ROOT_ONLY: [(&str, &[&str], &str); 3] = [
    (
        "Verifier",
        &["verify"],
        "whom to trust is decided in app.rs alone; take a built one as an argument",
    ),
    (
        "VerifierBuilder",
        &[],
        "whom to trust is decided in app.rs alone; take a built verifier as an argument",
    ),
    (
        "Maintenance",
        &[],
        "the process's own power begins in app.rs alone; take it as an argument",
    ),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|(path, _)| path.starts_with(SOURCES))
        .filter(|(path, _)| !COMPOSITION_ROOT.iter().any(|root| path.starts_with(root)))
        .flat_map(|(path, source)| {
            let judged = source.paths.iter().filter(|used| !used.in_test);
            judged.filter_map(move |used| {
                let instead = used.segments.windows(2).find_map(|pair| match pair {
                    [kind, function] => made_elsewhere(kind, function),
                    _ => None,
                })?;
                let made = used.segments.join("::");
                let message =
                    format!("`{made}` makes what only the composition root makes: {instead}");
                Some(Finding::new(path, used.line, message))
            })
        })
        .collect()
}

fn made_elsewhere(kind: &str, function: &str) -> Option<&'static str> {
    ROOT_ONLY.iter().find_map(|(name, free, instead)| {
        let makes_one = *name == kind && !free.contains(&function);
        makes_one.then_some(*instead)
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::places;

    #[test]
    fn only_app_makes_one() {
        let text = "fn f() { let v = Verifier::shared_secret(s); }";
        assert!(places(check, &[("crates/taskward/src/app.rs", text)]).is_empty());
        assert_eq!(
            places(check, &[("crates/taskward/src/auth/mod.rs", text)]),
            ["crates/taskward/src/auth/mod.rs:1"]
        );
    }

    #[test]
    fn maintenance_begins_there_and_nowhere_else() {
        let text = "fn f() { job(crate::auth::Maintenance::begin()); }";
        assert!(places(check, &[("crates/taskward/src/app.rs", text)]).is_empty());
        assert_eq!(
            places(check, &[("crates/taskward/src/service/upkeep.rs", text)]),
            ["crates/taskward/src/service/upkeep.rs:1"]
        );
    }

    #[test]
    fn naming_and_using_one_is_free() {
        let text =
            "use better_auth_verifier::Verifier; fn f(v: &Verifier) { Verifier::verify(v, t); }";
        assert!(places(check, &[("crates/taskward/src/auth/mod.rs", text)]).is_empty());
    }
}
