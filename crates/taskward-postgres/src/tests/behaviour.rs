//! Reads, writes, search.

use taskward_domain::{Completion, Description, OfKind, SearchText, SettingsBody, SettingsPatch};
use taskward_store::Store;

use super::*;

#[tokio::test]
async fn tasks_live_die_and_come_back() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    assert_eq!(everything(&store, &alice).await.unwrap(), (vec![], 0));
    let made = tasks.write(create(1, "milk"), at(5)).await.unwrap();
    assert_eq!(made.outcome, WriteOutcome::Created);
    let again = tasks.write(create(1, "milk"), at(6)).await.unwrap();
    assert_eq!(
        (again.task, again.outcome),
        (made.task.clone(), WriteOutcome::Unchanged)
    );
    assert_eq!(
        refusal(tasks.write(create(1, "bread"), at(6)).await),
        Refusal::IdTaken
    );
    assert_eq!(tasks.find(id(1)).await.unwrap(), made.task);
    let done = tasks.write(toggle(1), at(7)).await.unwrap().task;
    assert_eq!(done.body.completed_at, Some(at(7)));
    assert_eq!(tasks.seq().await.unwrap(), 2, "only what wrote counts");

    tasks.write(delete(1), at(8)).await.unwrap();
    assert_eq!(refusal(tasks.find(id(1)).await), Refusal::NotFound);
    assert_eq!(
        refusal(tasks.write(delete(1), at(8)).await),
        Refusal::NotFound
    );
    assert_eq!(
        refusal(tasks.write(create(1, "milk"), at(8)).await),
        Refusal::IdTaken
    );
    let back = tasks.write(restore(1), at(9)).await.unwrap().task;
    assert_eq!(back.meta.version.number(), 4);
    assert_eq!(everything(&store, &alice).await.unwrap(), (vec![back], 4));
}

#[tokio::test]
async fn a_list_is_read_only_if_the_counter_moved() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(5)).await.unwrap();
    let all = || page(10, TaskFilter::default());
    assert_eq!(
        tasks.list_tasks(all(), Some(cursor(1))).await.unwrap(),
        Listing::Unchanged(cursor(1))
    );
    assert!(
        matches!(tasks.list_tasks(all(), Some(cursor(0))).await.unwrap(), Listing::Page(page) if page.tasks.len() == 1)
    );
    let nobody = user("nobody");
    assert_eq!(
        super::tasks(&store, &nobody)
            .list_tasks(all(), Some(cursor(0)))
            .await
            .unwrap(),
        Listing::Unchanged(cursor(0))
    );
}

#[tokio::test]
async fn pages_filters_and_searches() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    for (number, title, completed) in [
        (1, "Crème brûlée", true),
        (2, "cream tea", false),
        (3, "買牛乳", false),
    ] {
        let draft = TaskDraft {
            completed,
            ..draft(title)
        };
        let write = task(number, Action::Create(draft));
        tasks.write(write, at(5)).await.unwrap();
    }
    // One word of nine thousand bytes, once it is decomposed: more than a tsvector takes.
    let description = Description::parse(&"한".repeat(1_000)).unwrap();
    let wide = TaskDraft {
        description: Some(description),
        ..draft(&"宽".repeat(255))
    };
    tasks
        .write(task(4, Action::Create(wide)), at(5))
        .await
        .unwrap();
    let found = async |completion, search: Option<&str>| {
        let search = search.map(|text| SearchText::parse(text).unwrap());
        let listing = tasks
            .list_tasks(page(10, TaskFilter { completion, search }), None)
            .await
            .unwrap();
        let Listing::Page(page) = listing else {
            panic!()
        };
        page.tasks.iter().map(|task| task.id).collect::<Vec<_>>()
    };
    assert_eq!(
        found(Completion::Any, None).await,
        [id(4), id(3), id(2), id(1)]
    );
    assert_eq!(found(Completion::Done, None).await, [id(1)]);
    assert_eq!(found(Completion::Open, None).await, [id(4), id(3), id(2)]);
    assert_eq!(found(Completion::Any, Some("CRE")).await, [id(2), id(1)]);
    assert_eq!(found(Completion::Any, Some("cre te")).await, [id(2)]);
    assert_eq!(found(Completion::Done, Some("cre")).await, [id(1)]);
    assert_eq!(found(Completion::Any, Some("乳")).await, [id(3)]);
    assert_eq!(found(Completion::Any, Some("reme")).await, []);
    assert_eq!(
        found(Completion::Any, Some(&"한".repeat(200))).await,
        [id(4)]
    );
    assert_eq!(
        found(Completion::Any, Some("a' | b & !c <-> (d):* \\ \" % _")).await,
        []
    );

    let Listing::Page(first) = tasks
        .list_tasks(page(3, TaskFilter::default()), None)
        .await
        .unwrap()
    else {
        panic!()
    };
    let rest = TaskQuery::new(
        TaskFilter::default(),
        Sort::Newest,
        first.next,
        PageLimit::new(3).unwrap(),
    )
    .unwrap();
    assert!(
        matches!(tasks.list_tasks(rest, None).await.unwrap(), Listing::Page(page) if page.tasks.len() == 1 && page.next.is_none())
    );
}

#[tokio::test]
async fn sec_69_the_quota_is_judged_after_the_rules() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(5)).await.unwrap();
    tasks.write(create(2, "bread"), at(5)).await.unwrap();
    tasks.write(delete(2), at(5)).await.unwrap();
    let admin = database.admin().await;
    admin
        .batch_execute("UPDATE taskward.account SET task_count = 100000")
        .await
        .unwrap();
    assert_eq!(
        refusal(tasks.write(restore(9), at(6)).await),
        Refusal::NotFound
    );
    assert_eq!(
        refusal(tasks.write(create(1, "other"), at(6)).await),
        Refusal::IdTaken
    );
    assert_eq!(
        refusal(tasks.write(restore(2), at(6)).await),
        Refusal::QuotaReached
    );
    assert_eq!(
        refusal(tasks.write(create(3, "eggs"), at(6)).await),
        Refusal::QuotaReached
    );
    let again = tasks.write(create(1, "milk"), at(6)).await.unwrap();
    assert_eq!(again.outcome, WriteOutcome::Unchanged);
    assert_eq!(tasks.seq().await.unwrap(), 3);
    admin
        .batch_execute("UPDATE taskward.account SET task_count = 99999")
        .await
        .unwrap();
    let parallel = (10..60).map(|number| tasks.write(create(number, "one"), at(7)));
    let made = futures_util::future::join_all(parallel).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    assert_eq!(tasks.seq().await.unwrap(), 4);
}

#[tokio::test]
async fn a_store_that_is_closed_finishes_what_had_begun() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    let mut write = Box::pin(tasks.write(create(2, "bread"), at(1)));
    assert!(futures_util::poll!(&mut write).is_pending());
    // It holds a connection from its first turn on.
    tokio::task::yield_now().await;
    store.close().await;
    let asked = tasks.seq().await;
    assert!(
        matches!(asked, Err(StoreError::Unavailable(_))),
        "{asked:?}"
    );
    let admin = database.admin().await;
    let stored = admin.query("SELECT FROM taskward.task", &[]).await.unwrap();
    assert_eq!(stored.len(), 2);
    write.await.unwrap();
}

#[tokio::test]
async fn a_create_by_a_wrong_guess_of_the_account_is_decided_anew() {
    let database = Database::migrated().await;
    let (store, other) = (database.store().await, database.store().await);
    let alice = user("alice");
    let [tasks, others] = [&store, &other].map(|store| tasks(store, &alice));
    let admin = database.admin().await;
    tasks.write(create(1, "milk"), at(1)).await.unwrap();

    // Another process wrote.
    others.write(create(2, "bread"), at(1)).await.unwrap();
    let made = tasks.write(create(3, "tea"), at(1)).await.unwrap();
    assert_eq!(
        (made.outcome, made.task.meta.seq),
        (WriteOutcome::Created, 3)
    );
    let same = tasks.write(create(2, "bread"), at(1)).await.unwrap();
    assert_eq!(same.outcome, WriteOutcome::Unchanged);

    // The id belongs to a task in the trash, or to a purged one.
    tasks.write(delete(3), at(1)).await.unwrap();
    assert_eq!(
        refusal(tasks.write(create(3, "tea"), at(1)).await),
        Refusal::IdTaken
    );
    tasks.write(create(4, "jam"), at(1)).await.unwrap();
    let purge = "DELETE FROM taskward.task WHERE deleted_at IS NOT NULL;
        UPDATE taskward.account SET trash_count = 0";
    admin.batch_execute(purge).await.unwrap();
    // The counter of the trash moved without a write.
    tasks.write(create(5, "salt"), at(1)).await.unwrap();
    for _ in 0..2 {
        let purged = tasks.write(create(3, "tea"), at(1)).await;
        assert_eq!(refusal(purged), Refusal::IdTaken);
    }
    tasks.write(create(6, "oil"), at(1)).await.unwrap();
    let forget = "UPDATE taskward.account SET gone_count = 0";
    admin.batch_execute(forget).await.unwrap();
    tasks.write(create(8, "rice"), at(1)).await.unwrap();

    // The database was restored to before the last writes.
    admin
        .batch_execute("UPDATE taskward.history SET epoch = 9")
        .await
        .unwrap();
    let committed = tasks.commit(create(7, "figs"), at(1)).await.unwrap();
    assert_eq!(committed.newest.epoch.number(), 9);

    let needs = Needs {
        account: true,
        ..Needs::default()
    };
    let account = others.load(needs).await.unwrap().account.unwrap();
    assert_eq!(
        (
            account.seq,
            account.live.task,
            account.trash_count,
            account.gone_count
        ),
        (9, 7, 0, 0)
    );
    assert_eq!(
        titles(&store, &alice).await,
        ["rice", "figs", "oil", "salt", "jam", "bread", "milk"]
    );
}

#[tokio::test]
async fn a_create_by_a_wrong_guess_of_the_settings_is_decided_anew() {
    let database = Database::migrated().await;
    let (store, other) = (database.store().await, database.store().await);
    let alice = user("alice");
    let [tasks, others] = [&store, &other].map(|store| tasks(store, &alice));
    let default_list = |list: Option<u64>| {
        let patch = SettingsPatch {
            default_list: Some(list.map(id)),
            ..SettingsPatch::default()
        };
        let action = Action::Change(Precondition::Exists, patch);
        Batch::single(SettingsBody::operation(Id::NIL, action), fresh())
    };
    for list in [1, 2] {
        others
            .commit(create_list(list, "Home"), at(1))
            .await
            .unwrap();
    }
    for (number, list) in (10..).zip([None, Some(1), Some(2), None]) {
        // The other process changes what this one knows from its last write.
        others.commit(default_list(list), at(1)).await.unwrap();
        for number in [2 * number, 2 * number + 1] {
            let made = tasks.write(create(number, "milk"), at(1)).await.unwrap();
            assert_eq!(made.task.body.place.container.list, list.map(id));
        }
    }
    assert!(side_rows::is_consistent(&database).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_one_user_in_several_processes_lose_nothing() {
    let database = Database::migrated().await;
    let stores = [database.store().await, database.store().await];
    let alice = &user("alice");
    // The first write of both, too.
    let writers = stores
        .iter()
        .zip([0, 100])
        .map(|(store, first)| async move {
            let tasks = tasks(store, alice);
            for number in first..first + 30 {
                tasks.write(create(number, "milk"), at(1)).await.unwrap();
                tasks.write(toggle(number), at(1)).await.unwrap();
                tasks.write(delete(number), at(1)).await.unwrap();
                tasks.write(restore(number), at(1)).await.unwrap();
            }
        });
    futures_util::future::join_all(writers).await;
    let (all, seq) = everything(&stores[0], alice).await.unwrap();
    assert_eq!((all.len(), seq), (60, 240));
    assert!(all.iter().all(|task| task.meta.version.number() == 4));
    let fits = "SELECT task_count = 60 AND trash_count = 0 AND gone_count = 0
          AND (SELECT count(*) FROM taskward.change JOIN taskward.task USING (user_id, id, seq)) = 60
        FROM taskward.account";
    let row = database.admin().await.query_one(fits, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
}
