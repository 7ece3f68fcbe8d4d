//! Committed files name no path of one machine and no package registry.

use super::{Files, Finding, lines};

/// Beginnings of paths that exist on one machine. Split, because this file is checked as well.
const MACHINE_PATHS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/tmp/bash_", "jobs"),
    concat!("/home", "/"),
    concat!("/Users", "/"),
];

/// Which registry is used is a setting of the machine.
const REGISTRY_HOSTS: [&str; 5] = [
    concat!("registry.npm", "js.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("index.cr", "ates.io"),
    concat!("static.cr", "ates.io"),
    concat!("deb.deb", "ian.org"),
];

pub(super) fn check(files: &Files) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, number, line) in lines(files) {
        if let Some(machine_path) = MACHINE_PATHS.iter().find(|start| names_path(line, start)) {
            let message = format!(
                "`{machine_path}` is a path of one machine: name it from the repository's root"
            );
            findings.push(Finding::new(path, number, message));
        }
        if let Some(host) = REGISTRY_HOSTS.iter().find(|host| line.contains(*host)) {
            let message =
                format!("`{host}` is a registry: leave it to the machine's configuration");
            findings.push(Finding::new(path, number, message));
        } else if path.ends_with("package-lock.json") && line.contains("\"resolved\": \"http") {
            let message = "names a registry: install with `omit-lockfile-registry-resolved=true`";
            findings.push(Finding::new(path, number, message));
        }
    }
    findings
}

/// Whether an absolute path begins so. The same directory further down another path does not count.
fn names_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-*}/".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::{MACHINE_PATHS, REGISTRY_HOSTS, check};
    use crate::tidy::places;

    fn fails(path: &str, text: &str) -> bool {
        !places(check, &[(path, text)]).is_empty()
    }

    #[test]
    fn machine_paths_are_found() {
        for path in MACHINE_PATHS {
            assert!(fails("docs/a.md", &format!("see {path}x")), "{path}");
            assert!(!fails("docs/a.md", &format!("see docs{path}x")), "{path}");
        }
    }

    #[test]
    fn registries_are_found() {
        for host in REGISTRY_HOSTS {
            assert!(
                fails("web/.npmrc", &format!("registry=https://{host}/")),
                "{host}"
            );
        }
        let resolved = format!("\"resolved\": \"{}://mirror/a.tgz\"", "https");
        assert!(fails("web/package-lock.json", &resolved));
        assert!(!fails("web/package-lock.json", "\"version\": \"1.0.0\""));
    }
}
