//! The files under judgement: their paths from the root, with `/`, and their text.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::failure::{Failure, Outcome, While};
use crate::runner::command;

use super::rust_source::RustSource;

/// Text files by path. Rust files come with what was read out of them.
pub(super) struct Tree {
    files: BTreeMap<String, File>,
}

pub(super) struct File {
    pub(super) text: String,
    /// None for other languages and for what cannot be read as Rust.
    pub(super) rust: Option<RustSource>,
}

impl Tree {
    /// Everything git tracks, and what it would track if asked.
    pub(super) fn of_repository(root: &Path) -> Outcome<Self> {
        let output = command("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root)
            .output()
            .while_doing(|| "cannot run git".into())?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Failure::because(format!(
                "git cannot list the files of this repository: {reason}"
            )));
        }
        let mut files = BTreeMap::new();
        for path in String::from_utf8_lossy(&output.stdout).split_terminator('\0') {
            let file = root.join(path);
            // Removed but still tracked, or a link to somewhere else.
            if !file.is_file() {
                continue;
            }
            let bytes =
                fs::read(&file).while_doing(|| format!("cannot read {}", file.display()))?;
            // What is no text has no lines to judge.
            if let Ok(text) = String::from_utf8(bytes) {
                files.insert(path.to_owned(), File::new(path, text));
            }
        }
        Ok(Self { files })
    }

    #[cfg(test)]
    pub(super) fn of_files(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), File::new(path, (*text).to_owned())));
        Self {
            files: files.collect(),
        }
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The Rust files that can be read.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &RustSource)> {
        self.files()
            .filter_map(|(path, file)| file.rust.as_ref().map(|rust| (path, rust)))
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.text.as_str())
    }
}

impl File {
    fn new(path: &str, text: String) -> Self {
        let rust = if path.ends_with(".rs") {
            RustSource::read(path, &text)
        } else {
            None
        };
        Self { text, rust }
    }
}
