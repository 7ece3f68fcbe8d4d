//! What cannot be tested over HTTP. The contract suite of the `taskward` crate has the rest.

#![allow(
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and its helpers are no exception"
)]

mod batches;
mod changes;
mod epoch;
mod faults;
mod full_disk;
mod isolation;
mod log;
mod migrating;
mod paths;
mod purging;
mod random;
mod records;
mod searching;
mod sets;
mod side_tables;
mod views;

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use taskward_domain::{
    Action, Batch, ChangePage, ChangesRequest, Completion, Description, Entity, FeedCursor, Id,
    Listing, Loaded, Needs, OfKind, Operation, PageLimit, Precondition, Record, Refusal,
    SearchText, Sort, Task, TaskBody, TaskChange, TaskDetails, TaskDraft, TaskFilter, TaskPatch,
    TaskQuery, Title, UserId, Written,
};
use taskward_store::{Committed, StoreError, UserStore};

use crate::SqliteStore;

/// A store on a file of its own.
pub(super) struct Place {
    directory: TempDir,
    pub(super) store: SqliteStore,
}

impl Place {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&directory.path().join("tasks.db")).unwrap();
        Self { directory, store }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().join("tasks.db")
    }

    pub(super) fn person(&self, name: &str) -> Person<'_> {
        Person {
            store: &self.store,
            id: name.parse().unwrap(),
        }
    }

    /// Another connection to the file.
    pub(super) fn look(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// All rows, the search index included.
    pub(super) fn everything(&self) -> Vec<String> {
        let file = self.look();
        file.execute_batch(
            "CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, task_search, instance)",
        )
        .unwrap();
        let tables = [
            "SELECT * FROM account ORDER BY user_id",
            "SELECT * FROM task WHERE user_id IS NOT NULL ORDER BY user_id, id",
            "SELECT * FROM list ORDER BY user_id, id",
            "SELECT * FROM label ORDER BY user_id, id",
            "SELECT * FROM settings ORDER BY user_id, id",
            "SELECT * FROM task_label ORDER BY user_id, task_id, label_id",
            "SELECT * FROM reminder ORDER BY user_id, task_id, n",
            "SELECT * FROM batch ORDER BY user_id, id",
            "SELECT user_id, kind, hex(id), seq, deleted_at FROM change ORDER BY user_id, kind, id",
            "SELECT term, doc FROM word ORDER BY term, doc",
        ];
        tables.iter().flat_map(|sql| rows(&file, sql)).collect()
    }

    pub(super) fn number(&self, sql: &str) -> i64 {
        self.look().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

pub(super) fn task(written: Written) -> Task {
    TaskBody::from_any(written.record).expect("a task was written")
}

/// Why an answer is a refusal.
pub(super) fn refusal<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> Refusal {
    match answer {
        Err(StoreError::Refused(refusal)) => refusal,
        Err(StoreError::OperationRefused(refused)) => refused.refusal,
        other => panic!("{other:?}"),
    }
}

/// The rows of a query as text.
pub(super) fn rows(file: &Connection, sql: &str) -> Vec<String> {
    let mut statement = file.prepare(sql).unwrap();
    let columns = statement.column_count();
    let write_out = |row: &rusqlite::Row<'_>| {
        let values =
            (0..columns).map(|column| row.get_ref(column).map(|value| format!("{value:?}")));
        Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
    };
    let rows = statement.query_map([], write_out).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

/// A user of the store.
pub(super) struct Person<'a> {
    store: &'a SqliteStore,
    id: UserId,
}

impl Person<'_> {
    pub(super) async fn act(
        &self,
        number: u64,
        action: Action<TaskBody>,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        self.write(Operation::Task(id(number), action), now).await
    }

    /// Carries out one operation.
    pub(super) async fn write(
        &self,
        operation: Operation,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let batch = Batch::single(operation, id(FRESH));
        self.commit(batch, now).await?.into_single()
    }

    pub(super) async fn commit(
        &self,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        self.store.for_owner(&self.id).commit(batch, now).await
    }

    pub(super) async fn load(&self, needs: Needs) -> Loaded {
        self.store.for_owner(&self.id).load(needs).await.unwrap()
    }

    pub(super) async fn create(&self, number: u64, title: &str) -> Result<Written, StoreError> {
        self.act(number, create(title, None), at(0)).await
    }

    pub(super) async fn retitle(&self, number: u64, title: &str) -> Result<Written, StoreError> {
        self.act(number, retitle(title), at(0)).await
    }

    pub(super) async fn delete(&self, number: u64) -> Result<Written, StoreError> {
        self.delete_at(number, at(0)).await
    }

    pub(super) async fn delete_at(
        &self,
        number: u64,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let action = Action::Delete(Precondition::Exists);
        self.act(number, action, now).await
    }

    pub(super) async fn restore(&self, number: u64) -> Result<Written, StoreError> {
        self.act(number, Action::Restore(Precondition::Exists), at(0))
            .await
    }

    pub(super) async fn find(&self, number: u64) -> Result<Task, StoreError> {
        self.get(id(number)).await
    }

    /// A live record of any kind.
    pub(super) async fn get<B: Entity>(&self, id: Id) -> Result<Record<B>, StoreError> {
        let needs = Needs::record(B::KIND, id);
        let mut loaded = self.store.for_owner(&self.id).load(needs).await?;
        Ok(loaded.take_live(id)?)
    }

    pub(super) async fn seq(&self) -> u64 {
        self.store.for_owner(&self.id).newest().await.unwrap().seq
    }

    /// The numbers of the tasks that are found.
    pub(super) async fn search(&self, text: &str) -> Vec<u64> {
        self.search_by(text, Completion::Any).await
    }

    pub(super) async fn search_by(&self, text: &str, completion: Completion) -> Vec<u64> {
        let search = Some(SearchText::parse(text).unwrap());
        self.list(TaskFilter { completion, search }).await
    }

    pub(super) async fn list(&self, filter: TaskFilter) -> Vec<u64> {
        let query = TaskQuery::new(filter, Sort::Newest, None, PageLimit::DEFAULT).unwrap();
        let tasks = self.store.for_owner(&self.id);
        match tasks.list_tasks(query, None).await.unwrap() {
            Listing::Page(page) => page.tasks.iter().map(|task| number(task.id)).collect(),
            Listing::Unchanged(_) => panic!("nothing was known"),
        }
    }

    pub(super) async fn changes(&self, since: u64, limit: u16) -> Result<ChangePage, StoreError> {
        let epoch = self.store.shared.epoch;
        let request = ChangesRequest {
            since: Some(FeedCursor { epoch, seq: since }),
            limit: PageLimit::new(limit).unwrap(),
        };
        self.store.for_owner(&self.id).changes(request).await
    }
}

/// The number of an id that no test uses otherwise.
const FRESH: u64 = 0xffff_0000_0000;

pub(super) fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap()
}

pub(super) fn id(number: u64) -> Id {
    Id::parse(&format!("0198f5d0-7c3a-7b21-9e4f-{number:012x}")).unwrap()
}

pub(super) fn number(id: Id) -> u64 {
    id.as_uuid().as_u64_pair().1 & 0xffff_ffff_ffff
}

pub(super) fn create(title: &str, description: Option<&str>) -> Action<TaskBody> {
    Action::Create(TaskDraft {
        title: Title::parse(title).unwrap(),
        description: description.map(|text| Description::parse(text).unwrap()),
        completed: false,
        details: TaskDetails::default(),
    })
}

pub(super) fn retitle(title: &str) -> Action<TaskBody> {
    let patch = TaskPatch {
        title: Some(Title::parse(title).unwrap()),
        ..TaskPatch::default()
    };
    Action::Change(Precondition::Exists, TaskChange::Patch(patch))
}

pub(super) fn toggle() -> Action<TaskBody> {
    let change = TaskChange::Complete {
        completed: None,
        at: None,
    };
    Action::Change(Precondition::Exists, change)
}
