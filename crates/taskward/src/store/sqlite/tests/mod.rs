//! The backend as its own parts see it: what cannot be asked for over HTTP. What can is in the contract suite.

#![allow(
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and its helpers are no exception"
)]

mod changes;
mod faults;
mod full_disk;
mod log;
mod migrating;
mod searching;

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use super::SqliteStore;
use crate::domain::{
    ChangePage, ChangesRequest, Description, Listing, PageLimit, PageRequest, Precondition,
    SearchText, Task, TaskChange, TaskContent, TaskFilter, TaskId, TaskPatch, Title, UserId, Write,
    WriteAction, Written,
};
use crate::store::{CallerTasks, StoreError};

/// A store on a file of its own, and the clock of everybody who writes there.
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

    /// Looks into the file beside the store.
    pub(super) fn look(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Everything that is stored, the index of words included.
    pub(super) fn everything(&self) -> Vec<String> {
        let file = self.look();
        file.execute_batch(
            "CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, task_search, instance)",
        )
        .unwrap();
        let tables = [
            "SELECT user_id, seq, task_count, forgotten_seq FROM account ORDER BY user_id",
            "SELECT * FROM task WHERE user_id IS NOT NULL ORDER BY user_id, id",
            "SELECT user_id, hex(id), deleted_at, seq FROM tombstone ORDER BY user_id, id",
            "SELECT term, doc FROM word ORDER BY term, doc",
        ];
        tables.iter().flat_map(|sql| rows(&file, sql)).collect()
    }

    pub(super) fn number(&self, sql: &str) -> i64 {
        self.look().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// What a query gives, each row written out.
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

/// Somebody who works with the store.
pub(super) struct Person<'a> {
    store: &'a SqliteStore,
    id: UserId,
}

impl Person<'_> {
    pub(super) async fn act(
        &self,
        number: u64,
        action: WriteAction,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let id = id(number);
        let tasks = self.store.for_owner(&self.id);
        tasks.write(Write { id, action }, now).await
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
        let action = WriteAction::Delete(Precondition::Exists);
        self.act(number, action, now).await
    }

    pub(super) async fn restore(&self, number: u64) -> Result<Written, StoreError> {
        self.act(number, WriteAction::Restore, at(0)).await
    }

    pub(super) async fn find(&self, number: u64) -> Result<Task, StoreError> {
        self.store.for_owner(&self.id).find(id(number)).await
    }

    pub(super) async fn seq(&self) -> u64 {
        self.store.for_owner(&self.id).seq().await.unwrap()
    }

    /// The numbers of the tasks that are found, and nothing else about them.
    pub(super) async fn search(&self, text: &str) -> Vec<u64> {
        self.search_by(text, None).await
    }

    pub(super) async fn search_by(&self, text: &str, completed: Option<bool>) -> Vec<u64> {
        let search = Some(SearchText::parse(text).unwrap());
        let filter = TaskFilter { completed, search };
        let request = PageRequest::new(PageLimit::DEFAULT, filter, None).unwrap();
        let tasks = self.store.for_owner(&self.id);
        match tasks.list(request, None).await.unwrap() {
            Listing::Page(page) => page.tasks.iter().map(|task| number(task.id)).collect(),
            Listing::Unchanged => panic!("nothing was known"),
        }
    }

    pub(super) async fn changes(&self, since: u64, limit: u16) -> Result<ChangePage, StoreError> {
        let request = ChangesRequest {
            since: Some(since),
            limit: PageLimit::new(limit).unwrap(),
        };
        self.store.for_owner(&self.id).changes(request).await
    }
}

/// A day of the tests' calendar.
pub(super) fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap()
}

pub(super) fn id(number: u64) -> TaskId {
    TaskId::parse(&format!("0198f5d0-7c3a-7b21-9e4f-{number:012x}")).unwrap()
}

pub(super) fn number(id: TaskId) -> u64 {
    id.as_uuid().as_u64_pair().1 & 0xffff_ffff_ffff
}

pub(super) fn create(title: &str, description: Option<&str>) -> WriteAction {
    WriteAction::Create(TaskContent {
        title: Title::parse(title).unwrap(),
        description: description.map(|text| Description::parse(text).unwrap()),
        completed: false,
    })
}

pub(super) fn retitle(title: &str) -> WriteAction {
    let patch = TaskPatch {
        title: Some(Title::parse(title).unwrap()),
        ..TaskPatch::default()
    };
    WriteAction::Change(Precondition::Exists, TaskChange::Patch(patch))
}

pub(super) fn toggle() -> WriteAction {
    WriteAction::Change(Precondition::Exists, TaskChange::ToggleCompleted)
}
