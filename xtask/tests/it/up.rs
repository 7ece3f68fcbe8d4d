//! `up` refuses in one line what cannot work, before it installs or builds anything.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("xtask-up-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn up(arguments: &[&str], change: impl FnOnce(&mut Command)) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("up").args(arguments).stdin(Stdio::null());
    change(&mut command);
    command.output().unwrap()
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(stderr.lines().count(), 1, "one line, not: {stderr}");
    stderr
}

fn program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_port_in_use_is_named() {
    let folder = Folder::new("port");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let output = up(
        &[
            "--port",
            &port,
            "--data",
            folder.file("data").to_str().unwrap(),
        ],
        |_| {},
    );
    assert!(refusal(&output).contains(&format!("port {port} is in use")));
}

#[test]
fn a_data_directory_that_cannot_be_one_is_named() {
    let folder = Folder::new("data");
    fs::write(folder.file("data"), "a file").unwrap();
    let path = folder.file("data");
    let output = up(&["--data", path.to_str().unwrap()], |_| {});
    assert!(refusal(&output).contains(path.to_str().unwrap()));
}

#[test]
fn an_old_node_gets_a_sentence() {
    let folder = Folder::new("old-node");
    program(&folder.file("node"), "echo v18.20.4");
    let path = std::env::var_os("PATH").unwrap();
    let paths = std::env::join_paths(
        [folder.0.clone()]
            .into_iter()
            .chain(std::env::split_paths(&path)),
    )
    .unwrap();
    let line = refusal(&up(&[], |command| {
        command.env("PATH", paths);
    }));
    assert!(
        line.contains("Node 18.20.4 is too old") && line.contains("20.19"),
        "{line}"
    );
}

#[test]
fn a_missing_node_gets_a_sentence() {
    let folder = Folder::new("no-node");
    let path = std::env::var_os("PATH").unwrap();
    for tool in ["cargo", "rustc"] {
        let found = std::env::split_paths(&path)
            .map(|at| at.join(tool))
            .find(|at| at.is_file())
            .unwrap();
        symlink(found, folder.file(tool)).unwrap();
    }
    let line = refusal(&up(&[], |command| {
        command.env("PATH", &folder.0);
    }));
    assert!(line.contains("Node is missing: install"), "{line}");
}
