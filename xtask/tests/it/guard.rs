//! A guarded program lives as long as the guard's standard input, and nothing outlives it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Ends on SIGTERM only. The shell waits for a child, so that it handles the signal at once.
const SERVER: &str = "trap 'echo terminated; exit 7' TERM; sleep 600 & echo ready; wait";

/// Starts a shell script under guard and waits for its first line.
fn guard(
    stdin: impl Into<Stdio>,
    options: &[&str],
    script: &str,
) -> (Child, BufReader<ChildStdout>, String) {
    let mut guard = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("guard")
        .args(options)
        .args(["--", "sh", "-c", script])
        .stdin(stdin)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(guard.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    (guard, output, first.trim().to_owned())
}

/// Reads up to the end, which comes when the script's child, which has the other end of the pipe, is gone too.
fn rest(mut output: BufReader<ChildStdout>) -> String {
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    text.trim().to_owned()
}

#[test]
fn closing_the_pipe_terminates_the_program() {
    let (mut guard, output, first) = guard(Stdio::piped(), &[], SERVER);
    assert_eq!(first, "ready");
    drop(guard.stdin.take());
    assert_eq!(guard.wait().unwrap().code(), Some(7));
    assert_eq!(rest(output), "terminated");
}

#[test]
fn killing_the_owner_terminates_the_program() {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut owner = Command::new("sleep")
        .arg("600")
        .stdout(writer)
        .spawn()
        .unwrap();
    let (mut guard, output, first) = guard(reader, &[], SERVER);
    assert_eq!(first, "ready");
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert_eq!(guard.wait().unwrap().code(), Some(7));
    assert_eq!(rest(output), "terminated");
}

#[test]
fn the_guard_has_the_status_of_the_program() {
    let (mut guard, _output, _) = guard(Stdio::piped(), &[], "echo ready; exit 3");
    let _open = guard.stdin.take();
    assert_eq!(guard.wait().unwrap().code(), Some(3));
}

#[test]
fn the_scratch_directory_is_removed() {
    let directory = tempfile::tempdir().unwrap().keep();
    fs::create_dir(directory.join("inside")).unwrap();
    let started_in = fs::canonicalize(&directory).unwrap();
    let options = ["--scratch", directory.to_str().unwrap()];
    let (mut guard, _output, first) = guard(Stdio::piped(), &options, "pwd");
    assert_eq!(Path::new(&first), started_in);
    let _open = guard.stdin.take();
    assert!(guard.wait().unwrap().success());
    assert!(!directory.exists());
}
