//! Notifications between processes on one database: LISTEN and NOTIFY on a connection of its own.
//!
//! Writes only add their user to a set, which this task sends a few milliseconds later. PostgreSQL commits transactions
//! with a NOTIFY one at a time, so writes that notified in their own transaction would be serialized. After a lost
//! connection every subscriber is notified, because notifications may have been missed.

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

use taskward_domain::UserId;
use taskward_store::ChangeNotifier;

use crate::address::{Address, Driver};
use crate::connection::configure_session;
use crate::error::without_rows;

/// How long users are collected before they are sent.
const COLLECT_TIME: Duration = Duration::from_millis(5);
/// How long connecting, or sending, may take before the connection is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait between attempts to connect.
const RETRY_DELAY: Duration = Duration::from_millis(500);

const LISTEN: &str = "LISTEN taskward_changes";
const SESSION: &str = "SELECT pg_backend_pid()";
const NOTIFY: &str =
    "SELECT pg_notify('taskward_changes', user_id) FROM unnest($1::text[]) AS user_id";

/// Sends and receives notifications until it is dropped.
pub(crate) struct Events {
    outgoing: Arc<Outgoing>,
    task: JoinHandle<()>,
}

impl Events {
    pub(crate) fn start(address: Address, notifier: ChangeNotifier) -> Self {
        let outgoing = Arc::<Outgoing>::default();
        let task = tokio::spawn(run(address, notifier, Arc::clone(&outgoing)));
        Self { outgoing, task }
    }

    /// Notifies the other processes that `user`'s newest cursor has advanced.
    pub(crate) fn notify(&self, user: &UserId) {
        self.outgoing.add([user.as_str().to_owned()]);
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Users of whom the other processes were not notified yet, each once.
#[derive(Default)]
struct Outgoing {
    users: Mutex<HashSet<String>>,
    added: Notify,
}

impl Outgoing {
    fn add(&self, users: impl IntoIterator<Item = String>) {
        let mut pending = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        pending.extend(users);
        drop(pending);
        self.added.notify_one();
    }

    fn take(&self) -> Vec<String> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        users.drain().collect()
    }
}

async fn run(address: Address, notifier: ChangeNotifier, outgoing: Arc<Outgoing>) {
    let mut is_up = true;
    loop {
        let lost = match connect(&address).await {
            Ok((client, driver)) => {
                if !is_up {
                    tracing::info!("notifications from other processes arrive again");
                }
                is_up = true;
                exchange(client, driver, &notifier, &outgoing).await
            }
            Err(error) => error,
        };
        if is_up {
            tracing::warn!(error = %lost, "notifications from other processes do not arrive");
            is_up = false;
        }
        sleep(RETRY_DELAY).await;
    }
}

type Lost = Box<dyn std::error::Error + Send + Sync>;

async fn connect(address: &Address) -> Result<(Client, Driver), Lost> {
    let connected = timeout(ANSWER_TIMEOUT, address.connect()).await?;
    connected.map_err(without_rows)
}

/// Sends and receives until the connection fails.
async fn exchange(
    client: Client,
    mut driver: Driver,
    notifier: &ChangeNotifier,
    outgoing: &Outgoing,
) -> Lost {
    // The server also sends our own notifications back; this process was notified already.
    let own_session = AtomicI32::new(0);
    let sending = async {
        match timeout(ANSWER_TIMEOUT, listen(&client)).await {
            Ok(Ok(session)) => own_session.store(session, Ordering::Relaxed),
            Ok(Err(error)) => return without_rows(error),
            Err(late) => return late.into(),
        }
        // Notifications from before LISTEN were missed.
        notifier.notify_all();
        send(&client, outgoing).await
    };
    let mut sending = pin!(sending);
    loop {
        let message = tokio::select! {
            lost = &mut sending => return lost,
            message = poll_fn(|context| driver.poll_message(context)) => message,
        };
        match message {
            Some(Ok(AsyncMessage::Notification(notification)))
                if notification.process_id() != own_session.load(Ordering::Relaxed) =>
            {
                receive(&notification, notifier);
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return without_rows(error),
            None => return "the connection was closed".into(),
        }
    }
}

async fn listen(client: &Client) -> Result<i32, tokio_postgres::Error> {
    configure_session(client).await?;
    client.batch_execute(LISTEN).await?;
    client.query_one(SESSION, &[]).await?.try_get(0)
}

async fn send(client: &Client, outgoing: &Outgoing) -> Lost {
    loop {
        outgoing.added.notified().await;
        sleep(COLLECT_TIME).await;
        let users = outgoing.take();
        if users.is_empty() {
            continue;
        }
        let sent = timeout(ANSWER_TIMEOUT, client.execute(NOTIFY, &[&users])).await;
        let lost: Lost = match sent {
            Ok(Ok(_)) => continue,
            Ok(Err(error)) => without_rows(error),
            Err(late) => late.into(),
        };
        outgoing.add(users);
        return lost;
    }
}

fn receive(notification: &Notification, notifier: &ChangeNotifier) {
    if let Ok(user) = notification.payload().parse() {
        notifier.notify(&user);
    }
}
