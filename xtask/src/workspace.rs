//! Where things are in this repository. Every other module asks here, so that a folder moves in one place.

use std::path::{Path, PathBuf};

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
    /// Asks cargo, which knows about `CARGO_TARGET_DIR` and configuration files.
    pub(crate) fn locate() -> Outcome<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .map(Path::to_owned)
            .ok_or_else(|| Failure::because("xtask is not inside a workspace"))?;
        let output = crate::runner::command("cargo")
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .current_dir(&root)
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
        let target = metadata
            .get("target_directory")
            .and_then(Value::as_str)
            .ok_or_else(|| Failure::because("`cargo metadata` names no target directory"))?;
        Ok(Self {
            root,
            target: PathBuf::from(target),
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
