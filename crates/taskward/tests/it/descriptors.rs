//! A low limit of open files.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::auth_server::{free_port, pids, supervising};
use crate::backup::stop;
use crate::harness::{PROGRAM, Running, signal, wait_for};

#[tokio::test]
async fn connections_leave_descriptors_for_the_auth_server() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let script = format!("exec {PROGRAM} serve --listen 127.0.0.1:{port} --data child");
    let server = supervising(data.path(), port, &script);
    let server = server.as_std();
    let mut limited = Command::new("/bin/sh");
    limited
        .args(["-c", "ulimit -n 256; exec \"$0\" serve", PROGRAM])
        .env_clear()
        .envs(
            server
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(data.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true);
    let mut server = Running::start(limited).await;
    let warning = wait_for(&mut server.lines, "the limit of open files").await;
    let warning: serde_json::Value = serde_json::from_str(&warning).unwrap();
    assert_eq!(warning["limit"], 256);
    let connections = warning["connections"].as_u64().unwrap();
    wait_for(&mut server.lines, "the auth server is up").await;

    let address = server.listening["address"].as_str().unwrap();
    let mut open = Vec::new();
    for _ in 0..300 {
        open.push(TcpStream::connect(address).await.unwrap());
    }
    // Accepted in order: the last one was closed because of the limit, not for lack of descriptors.
    let mut byte = [0];
    assert_eq!(
        open.last_mut().unwrap().read(&mut byte).await.unwrap_or(0),
        0
    );
    assert!(connections < 256 / 2, "{connections} connections");

    signal(pids(data.path())[0], "KILL").await;
    let line = loop {
        let line = server.lines.next_line().await.unwrap().unwrap();
        assert!(!line.contains("cannot accept"), "{line}");
        assert!(!line.contains("cannot be started"), "{line}");
        if line.contains("the auth server is up") {
            break line;
        }
    };
    drop((line, open));
    stop(server).await;
}
