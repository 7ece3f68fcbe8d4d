//! News between processes on one database: LISTEN and NOTIFY on a connection of its own.
//!
//! Writes only put their user on a list; this task sends the list a few milliseconds later, each user once. PostgreSQL
//! lets only one transaction at a time commit a NOTIFY, so writes that notified by themselves would commit one after the
//! other. Whatever is lost while the connection is down, every subscriber is told to look when it is up again.

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, Notification};

use super::super::news::News;
use super::address::{Address, Driver};
use super::connection::settle;
use super::error::without_rows;
use crate::domain::UserId;

/// How long news is collected before it is sent on.
const COLLECT_TIME: Duration = Duration::from_millis(5);
/// How long sending, or coming up, may take until the connection counts as gone.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// How long to wait between attempts to connect.
const PAUSE: Duration = Duration::from_millis(500);

const LISTEN: &str = "LISTEN taskward_news";
const WHO_AM_I: &str = "SELECT pg_backend_pid()";
const NOTIFY: &str =
    "SELECT pg_notify('taskward_news', user_id) FROM unnest($1::text[]) AS user_id";

/// Passes news on. Ends with its drop.
pub(super) struct Events {
    outgoing: Arc<Outgoing>,
    task: JoinHandle<()>,
}

impl Events {
    pub(super) fn start(address: Address, news: News) -> Self {
        let outgoing = Arc::<Outgoing>::default();
        let task = tokio::spawn(run(address, news, Arc::clone(&outgoing)));
        Self { outgoing, task }
    }

    /// Tells the other processes that `user`'s counter has advanced.
    pub(super) fn publish(&self, user: &UserId) {
        self.outgoing.put([user.as_str().to_owned()]);
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Users whose news the other processes have not been told yet. At most one entry a user who writes.
#[derive(Default)]
struct Outgoing {
    users: Mutex<HashSet<String>>,
    some: Notify,
}

impl Outgoing {
    fn put(&self, users: impl IntoIterator<Item = String>) {
        let mut waiting = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(users);
        drop(waiting);
        self.some.notify_one();
    }

    fn take(&self) -> Vec<String> {
        let mut waiting = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.drain().collect()
    }
}

async fn run(address: Address, news: News, outgoing: Arc<Outgoing>) {
    let mut is_up = true;
    loop {
        let lost = match connect(&address).await {
            Ok((client, driver)) => {
                if !is_up {
                    tracing::info!("news from other processes is heard again");
                }
                is_up = true;
                carry(client, driver, &news, &outgoing).await
            }
            Err(error) => error,
        };
        if is_up {
            tracing::warn!(error = %lost, "news from other processes is not heard");
            is_up = false;
        }
        sleep(PAUSE).await;
    }
}

type Lost = Box<dyn std::error::Error + Send + Sync>;

async fn connect(address: &Address) -> Result<(Client, Driver), Lost> {
    let connected = timeout(ANSWER_TIME, address.connect()).await?;
    connected.map_err(without_rows)
}

/// Carries news both ways until the connection fails.
async fn carry(client: Client, mut driver: Driver, news: &News, outgoing: &Outgoing) -> Lost {
    // Which session is ours: what it said comes back to it, and has been heard here already.
    let ours = AtomicI32::new(0);
    let sending = async {
        match timeout(ANSWER_TIME, listen(&client)).await {
            Ok(Ok(session)) => ours.store(session, Ordering::Relaxed),
            Ok(Err(error)) => return without_rows(error),
            Err(late) => return late.into(),
        }
        // What was said while nobody here listened is lost.
        news.publish_to_all();
        send(&client, outgoing).await
    };
    let mut sending = pin!(sending);
    loop {
        let message = tokio::select! {
            lost = &mut sending => return lost,
            message = poll_fn(|context| driver.poll_message(context)) => message,
        };
        match message {
            Some(Ok(AsyncMessage::Notification(said)))
                if said.process_id() != ours.load(Ordering::Relaxed) =>
            {
                hear(&said, news);
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return without_rows(error),
            None => return "the connection was closed".into(),
        }
    }
}

async fn listen(client: &Client) -> Result<i32, tokio_postgres::Error> {
    settle(client).await?;
    client.batch_execute(LISTEN).await?;
    client.query_one(WHO_AM_I, &[]).await?.try_get(0)
}

async fn send(client: &Client, outgoing: &Outgoing) -> Lost {
    loop {
        outgoing.some.notified().await;
        sleep(COLLECT_TIME).await;
        let users = outgoing.take();
        if users.is_empty() {
            continue;
        }
        let sent = timeout(ANSWER_TIME, client.execute(NOTIFY, &[&users])).await;
        let lost: Lost = match sent {
            Ok(Ok(_)) => continue,
            Ok(Err(error)) => without_rows(error),
            Err(late) => late.into(),
        };
        outgoing.put(users);
        return lost;
    }
}

fn hear(said: &Notification, news: &News) {
    if let Ok(user) = said.payload().parse() {
        news.publish(&user);
    }
}
