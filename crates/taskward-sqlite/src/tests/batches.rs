//! Batches that are sent again.

use futures_util::poll;
use taskward_domain::{
    Action, Batch, BatchMark, Kind, KnownBatch, Needs, Operation, Precondition, Refusal, TaskBody,
};
use taskward_store::UserStore;
use uuid::Uuid;

use super::{Place, at, create, id, refusal};

const MARK: BatchMark = BatchMark {
    id: Uuid::from_u128(7),
    digest: -1,
};

fn batch(mark: BatchMark, actions: Vec<(u64, Action<TaskBody>)>) -> Batch {
    let operations = actions
        .into_iter()
        .map(|(number, action)| Operation::Task(id(number), action));
    Batch::new(operations.collect(), Some(mark), id(1_000))
}

fn two_creates(mark: BatchMark) -> Batch {
    batch(
        mark,
        vec![(1, create("milk", None)), (2, create("tea", None))],
    )
}

#[tokio::test]
async fn a_batch_that_is_sent_again_writes_nothing_and_notifies_nobody() {
    let place = Place::new();
    let alice = place.person("alice");
    let first = alice.commit(two_creates(MARK), at(0)).await.unwrap();
    assert_eq!(
        (first.rows, first.newest.seq, first.is_replay),
        (2, 2, false)
    );
    alice.retitle(1, "oat milk").await.unwrap();

    let before = place.everything();
    let mut subscription = place.store.for_owner(&alice.id).subscribe();
    let again = alice.commit(two_creates(MARK), at(1)).await.unwrap();
    assert_eq!(
        (again.rows, again.newest.seq, again.is_replay),
        (0, 2, true)
    );
    assert!(again.results.is_empty());
    assert_eq!(place.everything(), before);
    assert!(poll!(Box::pin(subscription.notified())).is_pending());

    let other = BatchMark { digest: 5, ..MARK };
    let answer = alice.commit(two_creates(other), at(1)).await;
    assert_eq!(refusal(answer), Refusal::BatchIdTaken);
    assert_eq!(place.everything(), before);
    let needs = Needs {
        batch: Some(MARK.id),
        ..Needs::default()
    };
    let known = KnownBatch { digest: -1, seq: 2 };
    assert_eq!(
        alice.load(needs.clone()).await.batches[&MARK.id],
        Some(known)
    );
    // The id of another user's batch means nothing.
    let bob = place.person("bob");
    assert_eq!(bob.load(needs).await.batches[&MARK.id], None);
    assert!(
        !bob.commit(two_creates(MARK), at(1))
            .await
            .unwrap()
            .is_replay
    );
}

#[tokio::test]
async fn a_batch_that_changes_nothing_is_known_too() {
    let place = Place::new();
    let alice = place.person("alice");
    let empty = || batch(MARK, Vec::new());
    let first = alice.commit(empty(), at(0)).await.unwrap();
    assert_eq!(
        (first.rows, first.newest.seq, first.is_replay),
        (0, 0, false)
    );
    let again = alice.commit(empty(), at(0)).await.unwrap();
    assert_eq!((again.newest.seq, again.is_replay), (0, true));
    assert_eq!(place.number("SELECT batch_count FROM account"), 1);
}

#[tokio::test]
async fn a_refused_operation_undoes_the_whole_batch() {
    let place = Place::new();
    let alice = place.person("alice");
    alice.create(1, "milk").await.unwrap();
    let before = place.everything();
    let actions = vec![
        (2, create("tea", None)),
        (1, Action::Delete(Precondition::AnyOf(Vec::new()))),
    ];
    match alice.commit(batch(MARK, actions), at(0)).await {
        Err(taskward_store::StoreError::OperationRefused(refused)) => {
            assert_eq!((refused.operation, refused.kind), (1, Kind::Task));
            assert_eq!(refused.refusal, Refusal::VersionMismatch);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(place.everything(), before);
}

#[tokio::test]
async fn batches_are_forgotten_after_a_week_and_above_their_number() {
    let place = Place::new();
    let alice = place.person("alice");
    let marked = |number| BatchMark {
        id: Uuid::from_u128(number),
        digest: 0,
    };
    alice
        .commit(batch(marked(1), Vec::new()), at(0))
        .await
        .unwrap();
    alice
        .commit(batch(marked(2), Vec::new()), at(1))
        .await
        .unwrap();
    place.store.purge_at(at(6)).await.unwrap();
    assert_eq!(place.number("SELECT count(*) FROM batch"), 2);
    assert!(!place.store.purge_at(at(7)).await.unwrap().more);
    assert_eq!(place.number("SELECT count(*) FROM batch"), 1);

    let excess = 700;
    let sql = format!(
        "WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < 20000 + {excess} - 1)
         INSERT INTO batch (user_id, id, digest, seq, at)
         SELECT 'alice', unhex(printf('%032x', 1000 + n)), 0, 0, {} - n FROM row;
         UPDATE account SET batch_count = 20000 + {excess};",
        at(1).as_millisecond()
    );
    place.look().execute_batch(&sql).unwrap();
    let oldest = place.number("SELECT min(at) FROM batch");
    assert!(place.store.purge_at(at(7)).await.unwrap().more);
    assert!(!place.store.purge_at(at(7)).await.unwrap().more);
    assert_eq!(place.number("SELECT count(*) FROM batch"), 20_000);
    assert_eq!(place.number("SELECT batch_count FROM account"), 20_000);
    assert_eq!(place.number("SELECT min(at) FROM batch"), oldest + excess);
}
