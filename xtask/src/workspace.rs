//! Where things are in this repository. Every other module asks here, so that a folder moves in one place.

use std::path::PathBuf;

use serde_json::Value;

use crate::failure::{Failure, Outcome, While};

/// The repository's root and cargo's target directory.
#[derive(Clone)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

/// Which of cargo's profiles a binary comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

impl Workspace {
    /// Asks cargo, which knows the workspace around the current directory, `CARGO_TARGET_DIR` and configuration files.
    /// What was known when xtask was compiled does not count: clones may share a target directory.
    pub(crate) fn locate() -> Outcome<Self> {
        let output = crate::runner::command("cargo")
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .output()
            .while_doing(|| "cannot run cargo".into())?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Failure::because(format!(
                "cargo cannot read this workspace: {reason}"
            )));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .while_doing(|| "cannot read `cargo metadata`".into())?;
        let folder = |name: &str| {
            let path = metadata
                .get(name)
                .and_then(Value::as_str)
                .map(PathBuf::from);
            path.ok_or_else(|| Failure::because(format!("`cargo metadata` names no {name}")))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
        })
    }

    /// A file or folder by its path from the root.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The server's binary, once it is built.
    pub(crate) fn server(&self, profile: Profile) -> PathBuf {
        let folder = match profile {
            Profile::Debug => "debug",
            Profile::Release => "release",
        };
        self.target.join(folder).join("taskward")
    }

    /// What the auth server is started with.
    pub(crate) fn auth_server(&self) -> PathBuf {
        self.path("auth/dist/main.js")
    }

    /// The API description that code, documents and the web client share.
    pub(crate) fn openapi(&self) -> PathBuf {
        self.path("docs/api/openapi.json")
    }

    /// Where steps leave their whole output.
    pub(crate) fn logs(&self) -> PathBuf {
        self.target.join("xtask")
    }
}
