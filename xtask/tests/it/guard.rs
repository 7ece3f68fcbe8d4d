//! A guarded program lives as long as the guard's standard input, and nothing outlives it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Starts a shell script under guard and waits for its first line.
fn guard(
    wanted: impl Into<Stdio>,
    options: &[&str],
    script: &str,
) -> (Child, BufReader<ChildStdout>, String) {
    let mut guard = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("guard")
        .args(options)
        .args(["--", "sh", "-c", script])
        .stdin(wanted)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(guard.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    (guard, output, first.trim().to_owned())
}

/// A program that ends cleanly when asked, and not otherwise. The shell itself waits, so it hears the signal at once.
const SERVER: &str = "trap 'echo asked to end; exit 7' TERM; sleep 600 & echo ready; wait";

fn rest(mut output: BufReader<ChildStdout>) -> String {
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn closing_the_pipe_asks_the_program_to_end() {
    let (mut guard, output, first) = guard(Stdio::piped(), &[], SERVER);
    assert_eq!(first, "ready");
    drop(guard.stdin.take());
    assert_eq!(guard.wait().unwrap().code(), Some(7));
    // Reading to the end also shows that the script's own child is gone: it held the other end of this pipe.
    assert_eq!(rest(output).trim(), "asked to end");
}

#[test]
fn a_program_that_ends_by_itself_passes_its_status_on() {
    let (mut guard, _output, _) = guard(Stdio::piped(), &[], "echo ready; exit 3");
    let _wanted = guard.stdin.take();
    assert_eq!(guard.wait().unwrap().code(), Some(3));
}

#[test]
fn killing_the_owner_ends_the_program() {
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
    assert_eq!(rest(output).trim(), "asked to end");
}

#[test]
fn what_it_was_told_to_remove_is_gone() {
    let folder = std::env::temp_dir().join(format!("xtask-guard-{}", std::process::id()));
    fs::create_dir_all(folder.join("inside")).unwrap();
    let started_in = fs::canonicalize(&folder).unwrap();
    let path = folder.to_str().unwrap();
    let (mut guard, _output, first) = guard(
        Stdio::piped(),
        &["--directory", path, "--then-remove", path],
        "pwd",
    );
    assert_eq!(Path::new(&first), started_in);
    let _wanted = guard.stdin.take();
    assert!(guard.wait().unwrap().success());
    assert!(!folder.exists());
}
