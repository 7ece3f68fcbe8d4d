//! The backend on a real PostgreSQL.
//!
//! `TASKWARD_TEST_POSTGRES_URL` names a cluster that the tests may change; each test creates a database of its own.

mod behaviour;
mod events;
mod faults;
mod history;
mod isolation;
mod migrating;
mod paths;
mod proxy;
mod purging;
mod purging_together;
mod records;
mod side_rows;
mod starting;
mod statements;
mod tables;
mod tls;
mod view_paths;

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use tokio_postgres::{Client, NoTls};

use crate::address::Address;
use crate::user_store::PostgresUserStore;
use crate::{PostgresStore, migrate};
use taskward_access::Maintenance;
use taskward_domain::{
    Action, AnyRecord, Batch, Entity, FeedCursor, Id, Kind, LabelBody, LabelDraft, LabelName,
    ListBody, ListDraft, Listing, Name, Needs, Operation, PageLimit, Precondition, Refusal, Sort,
    Task, TaskBody, TaskChange, TaskDetails, TaskDraft, TaskFilter, TaskQuery, Title, UserId,
    WriteOutcome,
};
use taskward_store::{StoreError, UserStore};

/// The login of the servers under test. Roles belong to the cluster, so all tests share it.
const LOGIN: &str = "taskward_test";
const PASSWORD: &str = "not a secret";

/// A database that is dropped with this value.
pub(super) struct Database {
    admin: String,
    name: String,
}

impl Database {
    /// An empty one.
    pub(super) async fn empty() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        #[expect(
            clippy::disallowed_methods,
            reason = "a test has no command line to take it from"
        )]
        let admin = std::env::var("TASKWARD_TEST_POSTGRES_URL").expect(
            "set TASKWARD_TEST_POSTGRES_URL to a PostgreSQL the tests may use, or run `cargo xtask test`, which starts one",
        );
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("unit_{}_{number}", std::process::id());
        let client = connect(&admin).await;
        client
            .batch_execute(&format!(
                "CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"
            ))
            .await
            .unwrap();
        Self { admin, name }
    }

    /// An empty one, in a cluster where `taskward migrate` has been before.
    pub(super) async fn with_roles() -> Self {
        drop(Self::migrated().await);
        Self::empty().await
    }

    /// A migrated one.
    pub(super) async fn migrated() -> Self {
        let database = Self::empty().await;
        let made = format!(
            "DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN PASSWORD '{PASSWORD}'; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        database.admin().await.batch_execute(&made).await.unwrap();
        migrate(&database.admin_url(), Some(LOGIN), false)
            .await
            .unwrap();
        database
    }

    pub(super) fn admin_url(&self) -> String {
        let (server, _) = self.admin.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// The URL a server is started with.
    pub(super) fn url(&self) -> String {
        let (_, server) = self.admin.rsplit_once('@').unwrap();
        let (server, _) = server.rsplit_once('/').unwrap();
        let password = PASSWORD.replace(' ', "%20");
        format!("postgres://{LOGIN}:{password}@{server}/{}", self.name)
    }

    /// A superuser's connection.
    pub(super) async fn admin(&self) -> Client {
        connect(&self.admin_url()).await
    }

    pub(super) async fn store(&self) -> PostgresStore {
        PostgresStore::open(&self.url()).await.unwrap()
    }

    /// A store whose pool has one connection, which goes through `url`; its events do not.
    pub(super) fn store_through(&self, url: &str) -> PostgresStore {
        let (requests, events) = (Address::parse(url), Address::parse(&self.url()));
        PostgresStore::assemble(requests.unwrap(), events.unwrap(), 1).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let statement = format!("DROP DATABASE {name} WITH (FORCE)");
                connect(&admin)
                    .await
                    .batch_execute(&statement)
                    .await
                    .unwrap();
            });
        });
        dropping.join().unwrap();
    }
}

async fn connect(url: &str) -> Client {
    let (client, driver) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(driver);
    client
}

pub(super) fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

pub(super) fn tasks<'a>(store: &'a PostgresStore, owner: &'a UserId) -> PostgresUserStore<'a> {
    PostgresUserStore {
        owner,
        backend: &store.backend,
    }
}

pub(super) fn id(number: u64) -> Id {
    Id::parse(&format!("0198f5d0-7c3a-7b21-9e4f-{number:012x}")).unwrap()
}

pub(super) fn at(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).unwrap()
}

pub(super) fn draft(title: &str) -> TaskDraft {
    TaskDraft {
        title: Title::parse(title).unwrap(),
        description: None,
        completed: false,
        details: TaskDetails::default(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests of upkeep need its capability"
)]
pub(super) fn maintenance() -> Maintenance {
    Maintenance::begin()
}

pub(super) fn task(number: u64, action: Action<TaskBody>) -> Batch {
    Batch::single(Operation::Task(id(number), action), fresh())
}

/// The unused id of a batch.
pub(super) fn fresh() -> Id {
    Id::parse("0198f5d0-7c3a-7b21-8e4f-000000000000").unwrap()
}

pub(super) fn create(number: u64, title: &str) -> Batch {
    task(number, Action::Create(draft(title)))
}

pub(super) fn delete(number: u64) -> Batch {
    task(number, Action::Delete(Precondition::Exists))
}

pub(super) fn restore(number: u64) -> Batch {
    task(number, Action::Restore(Precondition::Exists))
}

pub(super) fn toggle(number: u64) -> Batch {
    task(
        number,
        Action::Change(
            Precondition::Exists,
            TaskChange::Complete {
                completed: None,
                at: None,
            },
        ),
    )
}

/// A batch of one operation on a record of any kind.
pub(super) fn one<B: Entity>(number: u64, action: Action<B>) -> Batch {
    Batch::single(B::operation(id(number), action), fresh())
}

pub(super) fn create_list(number: u64, name: &str) -> Batch {
    one::<ListBody>(
        number,
        Action::Create(ListDraft {
            name: Name::parse(name).unwrap(),
            color: None,
            icon: None,
        }),
    )
}

pub(super) fn create_label(number: u64, name: &str) -> Batch {
    one::<LabelBody>(
        number,
        Action::Create(LabelDraft {
            name: LabelName::parse(name).unwrap(),
            color: None,
        }),
    )
}

/// A write as one task.
#[derive(Debug)]
pub(super) struct WrittenTask {
    pub(super) task: Task,
    pub(super) outcome: WriteOutcome,
}

impl PostgresUserStore<'_> {
    pub(super) async fn write(
        &self,
        batch: Batch,
        now: Timestamp,
    ) -> Result<WrittenTask, StoreError> {
        let committed = self.commit(batch, now).await?;
        let rows = committed.rows;
        let written = committed.into_single()?;
        assert_eq!(rows == 0, written.outcome == WriteOutcome::Unchanged);
        let AnyRecord::Task(task) = written.record else {
            panic!("{:?} is no task", written.record)
        };
        Ok(WrittenTask {
            task,
            outcome: written.outcome,
        })
    }

    pub(super) async fn find(&self, id: Id) -> Result<Task, StoreError> {
        let mut loaded = self.load(Needs::record(Kind::Task, id)).await?;
        Ok(loaded.take_live::<TaskBody>(id)?)
    }

    /// The newest cursor's `seq`, in the first epoch.
    pub(super) async fn seq(&self) -> Result<u64, StoreError> {
        Ok(self.newest().await?.number())
    }
}

pub(super) fn refusal<T>(result: Result<T, StoreError>) -> Refusal {
    match result {
        Err(StoreError::Refused(refusal)) => refusal,
        Err(StoreError::OperationRefused(refused)) => refused.refusal,
        Err(other) => panic!("not refused: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

pub(super) fn cursor(number: u64) -> FeedCursor {
    FeedCursor::from_number(number).unwrap()
}

pub(super) fn page(limit: u16, filter: TaskFilter) -> TaskQuery {
    TaskQuery::new(filter, Sort::Newest, None, PageLimit::new(limit).unwrap()).unwrap()
}

pub(super) async fn everything(
    store: &PostgresStore,
    owner: &UserId,
) -> Result<(Vec<Task>, u64), StoreError> {
    let listing = tasks(store, owner)
        .list_tasks(page(500, TaskFilter::default()), None)
        .await?;
    match listing {
        Listing::Page(page) => Ok((page.tasks, page.newest.number())),
        Listing::Unchanged(_) => panic!("no cursor was given"),
    }
}

pub(super) async fn titles(store: &PostgresStore, owner: &UserId) -> Vec<String> {
    let (tasks, _) = everything(store, owner).await.unwrap();
    tasks
        .iter()
        .map(|task| task.body.title.as_str().to_owned())
        .collect()
}
