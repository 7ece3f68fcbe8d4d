//! Paths of this repository that more than one module uses.

use std::path::PathBuf;

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use duct::Expression;

use crate::runner::command;

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo. Paths known when xtask was compiled may be those of another clone with the same target directory.
    pub(crate) fn locate() -> Result<Self> {
        let metadata = MetadataCommand::new().no_deps().exec();
        let metadata = metadata.context("cargo cannot read this workspace")?;
        Ok(Self {
            root: metadata.workspace_root.into(),
            target: metadata.target_directory.into(),
        })
    }

    /// The server's binary.
    pub(crate) fn server(&self, profile: &str) -> PathBuf {
        self.target.join(profile).join("taskward")
    }

    pub(crate) fn auth_server(&self) -> PathBuf {
        self.root.join("auth/dist/main.js")
    }

    /// `cargo` with these arguments, in the root.
    pub(crate) fn cargo(&self, arguments: &str) -> Expression {
        command(&format!("cargo {arguments}")).dir(&self.root)
    }
}
