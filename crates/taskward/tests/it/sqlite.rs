//! The SQLite file itself.

use crate::harness::Server;

#[cfg(unix)]
#[tokio::test]
async fn sec_94_the_database_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start().await;
    server.user("alice").create("private").await;
    let mode = |name: &str| {
        server
            .data()
            .join(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    for name in ["tasks.db", "tasks.db-wal", "tasks.db-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
}
