//! The write-ahead log stays bounded and is removed by a clean shutdown.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Place, at, retitle};
use crate::SqliteStore;
use crate::checkpointer::RESTART;
use crate::lock::beside;

/// A page in the log, with its header.
const FRAME: u64 = 4_096 + 24;

fn log_length(place: &Place) -> u64 {
    beside(&place.path(), "-wal").metadata().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_bounded_under_constant_reads_and_writes() {
    let place = Place::new();
    let alice = place.person("alice");
    alice.create(1, "milk").await.unwrap();
    let bound = FRAME * (u64::from(RESTART.unsigned_abs()) * 3 / 2);
    let writing = AtomicBool::new(true);
    let read = async {
        let bob = place.person("alice");
        while writing.load(Ordering::SeqCst) {
            bob.find(1).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let write = async {
        let (mut written, mut number) = (0, 0);
        // Twice the bound.
        while written < 2 * bound {
            alice
                .act(1, retitle(&format!("milk {number}")), at(0))
                .await
                .unwrap();
            number += 1;
            // Each write changes at least a page of the task, the account and the search index.
            written += 3 * FRAME;
        }
        writing.store(false, Ordering::SeqCst);
    };
    tokio::join!(read, write);
    assert!(log_length(&place) < bound, "{} bytes", log_length(&place));
}

#[tokio::test]
async fn a_clean_shutdown_leaves_one_file_and_an_empty_lock_file() {
    let place = Place::new();
    place.person("alice").create(1, "milk").await.unwrap();
    assert!(log_length(&place) > 0);
    place.store.close_file();
    assert!(!beside(&place.path(), "-wal").exists());
    assert_eq!(std::fs::read(beside(&place.path(), "-lock")).unwrap(), b"");
    assert!(place.person("alice").create(2, "tea").await.is_err());
    assert!(place.person("alice").find(1).await.is_err());
    let again = SqliteStore::open(&place.path()).unwrap();
    drop(again);
}
