//! Whether something was already done with just these inputs.
//!
//! A stamp is a file written only after the work succeeded, next to what the work made, so that removing the result
//! removes the stamp. It holds a fingerprint of the inputs' contents: times and checkouts do not matter.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::failure::{Outcome, While};

/// Folders that are results, never inputs.
const RESULTS: [&str; 5] = [
    "node_modules",
    "dist",
    "test-results",
    "playwright-report",
    "coverage",
];

/// Files and their contents, by path.
pub(crate) type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// Reads a folder with everything below it, results left out.
pub(crate) fn contents(folder: &Path) -> Outcome<Contents> {
    let mut contents = Contents::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).while_doing(|| format!("cannot read {}", folder.display()))?
        {
            let entry = entry.while_doing(|| format!("cannot read {}", folder.display()))?;
            let path = entry.path();
            let is_compiler_state = path
                .extension()
                .is_some_and(|extension| extension == "tsbuildinfo");
            if is_compiler_state || RESULTS.iter().any(|result| entry.file_name() == *result) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes =
                    fs::read(&path).while_doing(|| format!("cannot read {}", path.display()))?;
                contents.insert(path, bytes);
            }
        }
    }
    Ok(contents)
}

/// A short name for contents. It is compared with an earlier run on this machine, nothing more.
pub(crate) fn fingerprint(contents: &Contents) -> String {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    format!("{:016x}\n", hasher.finish())
}

/// Whether the stamp says that this was done with these inputs.
pub(crate) fn is_fresh(stamp: &Path, inputs: &[u8]) -> bool {
    fs::read(stamp).is_ok_and(|found| found == inputs)
}

/// Notes that the work is done.
pub(crate) fn set(stamp: &Path, inputs: &[u8]) -> Outcome<()> {
    // A package without dependencies leaves no folder behind.
    let folder = stamp.parent().unwrap_or(stamp);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(stamp, inputs))
        .while_doing(|| format!("cannot write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_new_and_a_moved_file_change_the_fingerprint_and_results_do_not() {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::create_dir_all(folder.join("dist")).unwrap();
        fs::write(folder.join("src/a"), "1").unwrap();
        let fingerprint_now = || fingerprint(&contents(&folder).unwrap());

        let first = fingerprint_now();
        fs::write(folder.join("dist/out"), "x").unwrap();
        assert_eq!(fingerprint_now(), first);
        fs::write(folder.join("src/a"), "2").unwrap();
        let changed = fingerprint_now();
        assert_ne!(changed, first);
        fs::rename(folder.join("src/a"), folder.join("src/b")).unwrap();
        let moved = fingerprint_now();
        assert_ne!(moved, changed);
        fs::write(folder.join("src/c"), "").unwrap();
        assert_ne!(fingerprint_now(), moved);
        fs::remove_dir_all(&folder).unwrap();
    }
}
