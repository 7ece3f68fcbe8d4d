//! One decoder (house rule 2): only `better-auth-verifier` depends on a JWT, JWK or signature library.
//!
//! Judged over every manifest of the workspace, tests and build scripts included. A package with a `[workspace]` of its
//! own that compares the verifier with its peers is outside.

use toml::{Table, Value};

use super::Finding;
use super::tree::Tree;

const VERIFIER: &str = "better-auth-verifier";

/// Crates that decode tokens or compute signatures. A name that ends in `*` stands for all that begin so.
const BARRED: &[&str] = &[
    "aws-lc-*",
    "axum-jwt-auth",
    "biscuit",
    "biscuit-auth",
    "ecdsa",
    "ed25519*",
    "frank_jwt",
    "hmac",
    "jose-*",
    "josekit",
    "jsonwebkey",
    "jsonwebtoken*",
    "jwt",
    "jwt-*",
    "jwtk",
    "jwks*",
    "jws",
    "no-way",
    "openidconnect",
    "openssl",
    "p256",
    "p384",
    "p521",
    "ring",
    "rsa",
    "signature",
];

const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files()
        .filter(|(path, _)| *path == "Cargo.toml" || path.ends_with("/Cargo.toml"))
        .flat_map(|(path, file)| match file.text.parse::<Table>() {
            Ok(manifest) => check_manifest(path, &manifest, &file.text),
            Err(error) => vec![Finding::new(
                path,
                1,
                format!("cannot be read as TOML: {}", error.message()),
            )],
        })
        .collect()
}

fn check_manifest(path: &str, manifest: &Table, text: &str) -> Vec<Finding> {
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(Value::as_str);
    let is_outside = path != "Cargo.toml" && manifest.contains_key("workspace");
    if name == Some(VERIFIER) || is_outside {
        return Vec::new();
    }
    let barred = dependencies(manifest)
        .into_iter()
        .filter(|dependency| is_barred(dependency));
    barred
        .map(|dependency| {
            let line = text.lines().position(|line| line.contains(&dependency)).map_or(1, |index| index + 1);
            let message = format!(
                "depends on `{dependency}`: only {VERIFIER} decodes tokens and checks signatures, so that there is one \
                 place to get it right; use {VERIFIER}, in tests its `testing` feature"
            );
            Finding::new(path, line, message)
        })
        .collect()
}

/// The packages a manifest names, by their own names, not by what it calls them.
fn dependencies(manifest: &Table) -> Vec<String> {
    let of_targets = manifest.get("target").and_then(Value::as_table);
    let of_targets = of_targets
        .into_iter()
        .flat_map(Table::values)
        .filter_map(Value::as_table);
    let of_workspace = manifest.get("workspace").and_then(Value::as_table);
    of_targets
        .chain(of_workspace)
        .chain([manifest])
        .flat_map(|tables| {
            SECTIONS
                .iter()
                .filter_map(|section| tables.get(*section).and_then(Value::as_table))
        })
        .flatten()
        .map(|(name, details)| {
            details
                .get("package")
                .and_then(Value::as_str)
                .unwrap_or(name)
                .to_owned()
        })
        .collect()
}

fn is_barred(dependency: &str) -> bool {
    BARRED
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => dependency.starts_with(beginning),
            None => dependency == *pattern,
        })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::places;

    fn offends(path: &str, manifest: &str) -> bool {
        !places(check, &[(path, manifest)]).is_empty()
    }

    #[test]
    fn the_verifier_and_ordinary_dependencies_are_fine() {
        let verifier =
            "[package]\nname = \"better-auth-verifier\"\n[dependencies]\naws-lc-rs = \"1\"\n";
        assert!(!offends("crates/better-auth-verifier/Cargo.toml", verifier));
        assert!(!offends(
            "crates/a/Cargo.toml",
            "[package]\nname = \"a\"\n[dependencies]\nserde = \"1\"\n"
        ));
        assert!(!offends(
            "crates/a/peers/Cargo.toml",
            "[workspace]\n[dependencies]\njsonwebtoken = \"11\"\n"
        ));
    }

    #[test]
    fn every_kind_of_dependency_is_judged() {
        for manifest in [
            "[dependencies]\njsonwebtoken = \"11\"\n",
            "[dev-dependencies]\njwt-simple = \"0.12\"\n",
            "[build-dependencies]\nring = \"0.17\"\n",
            "[target.'cfg(unix)'.dependencies]\nrsa = \"0.9\"\n",
            "[dependencies]\ntokens = { package = \"josekit\", version = \"1\" }\n",
            "[dependencies.aws-lc-rs]\nversion = \"1\"\n",
        ] {
            assert!(
                offends("crates/taskward/Cargo.toml", manifest),
                "{manifest}"
            );
        }
        assert!(offends(
            "Cargo.toml",
            "[workspace]\n[workspace.dependencies]\nhmac = \"0.12\"\n"
        ));
    }

    #[test]
    fn the_line_is_named() {
        let manifest = "[package]\nname = \"a\"\n\n[dependencies]\nring = \"0.17\"\n";
        assert_eq!(
            places(check, &[("a/Cargo.toml", manifest)]),
            ["a/Cargo.toml:5"]
        );
    }
}
