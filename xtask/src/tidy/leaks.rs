//! What is committed holds for everybody: no paths of one machine, no address of one machine's package registry.

use super::Finding;
use super::tree::Tree;

/// Beginnings of paths that exist on one machine only. Written in pieces, since this file is judged as well.
const MACHINE_PATHS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/tmp/bash_", "jobs"),
    concat!("/home", "/"),
    concat!("/Users", "/"),
];

/// Where package clients fetch from. Which registry that is belongs to the machine's own configuration.
const REGISTRY_HOSTS: [&str; 5] = [
    concat!("registry.npm", "js.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("index.cr", "ates.io"),
    concat!("static.cr", "ates.io"),
    concat!("deb.deb", "ian.org"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, file) in tree.files() {
        let is_npm_lockfile = path.ends_with("package-lock.json");
        for (index, line) in file.text.lines().enumerate() {
            if let Some(machine) = MACHINE_PATHS
                .iter()
                .find(|machine| names_path(line, machine))
            {
                let message = format!(
                    "`{machine}` is a path of one machine: write it from the repository's root"
                );
                findings.push(Finding::new(path, index + 1, message));
            }
            if let Some(host) = REGISTRY_HOSTS.iter().find(|host| line.contains(*host)) {
                let message = format!(
                    "`{host}` names a registry: which one is used belongs to the machine's configuration"
                );
                findings.push(Finding::new(path, index + 1, message));
            } else if is_npm_lockfile && line.contains("\"resolved\": \"http") {
                let message =
                    "names a registry: install with `omit-lockfile-registry-resolved=true`";
                findings.push(Finding::new(path, index + 1, message));
            }
        }
    }
    findings
}

/// Whether a line has this beginning of an absolute path, and not just the same folder further down some other path.
fn names_path(line: &str, beginning: &str) -> bool {
    line.match_indices(beginning).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-*}/".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::{MACHINE_PATHS, REGISTRY_HOSTS, check};
    use crate::tidy::places;

    fn offends(path: &str, text: &str) -> bool {
        !places(check, &[(path, text)]).is_empty()
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for machine in MACHINE_PATHS {
            assert!(
                offends("docs/a.md", &format!("see {machine}x")),
                "{machine}"
            );
            assert!(
                !offends("docs/a.md", &format!("see docs{machine}x")),
                "{machine}"
            );
        }
    }

    #[test]
    fn registries_are_found() {
        for host in REGISTRY_HOSTS {
            assert!(
                offends("web/.npmrc", &format!("registry=https://{host}/")),
                "{host}"
            );
        }
        let resolved = format!("\"resolved\": \"{}://mirror/a.tgz\"", "https");
        assert!(offends("web/package-lock.json", &resolved));
        assert!(!offends("web/package-lock.json", "\"version\": \"1.0.0\""));
    }
}
