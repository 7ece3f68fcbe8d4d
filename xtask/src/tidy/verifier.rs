//! Trust in an issuer is decided once (house rule 2): only `app` builds a `Verifier`.

use super::Finding;
use super::tree::Tree;

const SOURCES: &str = "crates/taskward/src/";
const COMPOSITION_ROOT: [&str; 2] = ["crates/taskward/src/app.rs", "crates/taskward/src/app/"];

/// Using a verifier is everybody's right; making one is not.
const USES: [&str; 1] = ["verify"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|(path, _)| path.starts_with(SOURCES))
        .filter(|(path, _)| !COMPOSITION_ROOT.iter().any(|root| path.starts_with(root)))
        .flat_map(|(path, source)| {
            let judged = source.paths.iter().filter(|used| !used.in_test);
            judged.filter_map(move |used| {
                let makes_one = used.segments.windows(2).any(|pair| match pair {
                    [kind, function] => is_verifier(kind) && !USES.contains(&function.as_str()),
                    _ => false,
                });
                makes_one.then(|| {
                    let message = format!(
                        "`{}` makes a verifier: whom to trust is decided in app.rs alone; take a built one as an argument",
                        used.segments.join("::")
                    );
                    Finding::new(path, used.line, message)
                })
            })
        })
        .collect()
}

fn is_verifier(name: &str) -> bool {
    name == "Verifier" || name == "VerifierBuilder"
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
    fn naming_and_using_one_is_free() {
        let text =
            "use better_auth_verifier::Verifier; fn f(v: &Verifier) { Verifier::verify(v, t); }";
        assert!(places(check, &[("crates/taskward/src/auth/mod.rs", text)]).is_empty());
    }
}
