//! `up` refuses in one line what cannot work, before it installs or builds anything.

use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Runs `up`, which must fail, and returns the one line it prints on standard error.
fn refusal(arguments: &[&str], path: Option<OsString>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("up").args(arguments).stdin(Stdio::null());
    command.envs(path.map(|path| ("PATH", path)));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "one line, not: {stderr}");
    stderr
}

fn path_entries() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect()
}

#[test]
fn a_port_in_use_is_named() {
    let data = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let data = data.path().to_str().unwrap();
    let line = refusal(&["--port", &port, "--data", data], None);
    assert!(
        line.contains(&format!("cannot listen on port {port}")),
        "{line}"
    );
}

#[test]
fn a_data_directory_that_is_a_file_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let line = refusal(&["--data", path], None);
    assert!(
        line.contains(&format!("cannot create the data directory {path}")),
        "{line}"
    );
}

#[test]
fn an_old_node_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let node = directory.path().join("node");
    fs::write(&node, "#!/bin/sh\necho v18.20.4\n").unwrap();
    fs::set_permissions(&node, fs::Permissions::from_mode(0o755)).unwrap();
    let mut path = path_entries();
    path.insert(0, directory.path().to_owned());
    let line = refusal(&[], Some(std::env::join_paths(path).unwrap()));
    assert!(
        line.contains("Node 18.20.4 is too old") && line.contains("20.19"),
        "{line}"
    );
}

#[test]
fn a_missing_node_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for tool in ["cargo", "rustc"] {
        let found = path_entries()
            .into_iter()
            .map(|at| at.join(tool))
            .find(|at| at.is_file());
        symlink(found.unwrap(), directory.path().join(tool)).unwrap();
    }
    let line = refusal(&[], Some(directory.path().into()));
    assert!(line.contains("Node is missing: install"), "{line}");
}
