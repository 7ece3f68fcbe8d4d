//! A proxy that counts round trips, and cuts or stalls connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Forwards connections to a server.
pub(super) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    /// How often clients spoke after the server had: one for each round trip.
    turns: AtomicU32,
    server_spoke: AtomicBool,
    /// How many more messages of clients are let through; `usize::MAX` means all.
    left: AtomicUsize,
    stalls: AtomicBool,
    refuses: AtomicBool,
    cut: Notify,
}

impl Proxy {
    /// To the server of `url`, whose host and port it replaces by its own in what it gives back.
    pub(super) async fn before(url: &str) -> (Self, String) {
        let (login, rest) = url.rsplit_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            left: AtomicUsize::new(usize::MAX),
            ..Shared::default()
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, server.to_owned(), Arc::clone(&shared)));
        let proxy = Self {
            address,
            shared,
            _tasks: tasks,
        };
        let url = format!("{login}@{}/{database}", proxy.address);
        (proxy, url)
    }

    /// The number of round trips since the last call.
    pub(super) fn turns(&self) -> u32 {
        self.shared.server_spoke.store(true, Ordering::SeqCst);
        self.shared.turns.swap(0, Ordering::SeqCst)
    }

    /// Lets `messages` more through, then cuts every connection. Later connections are not affected.
    pub(super) fn cut_after(&self, messages: usize) {
        self.shared.stalls.store(false, Ordering::SeqCst);
        self.shared.left.store(messages, Ordering::SeqCst);
    }

    /// Lets `messages` more through, then forwards nothing more on that connection, which stays open.
    pub(super) fn stall_after(&self, messages: usize) {
        self.shared.stalls.store(true, Ordering::SeqCst);
        self.shared.left.store(messages, Ordering::SeqCst);
    }

    /// Cuts every connection and accepts no new ones.
    pub(super) fn go_down(&self) {
        self.shared.refuses.store(true, Ordering::SeqCst);
        self.shared.cut.notify_waiters();
    }

    pub(super) fn come_up(&self) {
        self.shared.refuses.store(false, Ordering::SeqCst);
    }
}

async fn accept(listener: TcpListener, server: String, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        if shared.refuses.load(Ordering::SeqCst) {
            continue;
        }
        let server = TcpStream::connect(&server).await.unwrap();
        connections.spawn(forward(client, server, Arc::clone(&shared)));
    }
}

async fn forward(client: TcpStream, server: TcpStream, shared: Arc<Shared>) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let upwards = async {
        let (mut bytes, mut waiting) = (vec![0; 65_536], Vec::new());
        let mut has_started = false;
        loop {
            let read = from_client.read(&mut bytes).await.unwrap_or(0);
            if read == 0 {
                return;
            }
            if shared.server_spoke.swap(false, Ordering::SeqCst) {
                shared.turns.fetch_add(1, Ordering::SeqCst);
            }
            waiting.extend_from_slice(&bytes[..read]);
            while let Some(length) = message(&waiting, has_started) {
                has_started = true;
                let message: Vec<u8> = waiting.drain(..length).collect();
                if to_server.write_all(&message).await.is_err() {
                    return;
                }
                if shared.is_last() {
                    if shared.stalls.load(Ordering::SeqCst) {
                        std::future::pending::<()>().await;
                    }
                    return;
                }
            }
        }
    };
    let downwards = async {
        let mut bytes = vec![0; 65_536];
        loop {
            let read = from_server.read(&mut bytes).await.unwrap_or(0);
            if read == 0 {
                return;
            }
            shared.server_spoke.store(true, Ordering::SeqCst);
            if to_client.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = upwards => {}
        () = downwards => {}
        () = shared.cut.notified() => {}
    }
}

impl Shared {
    /// Counts a message that was let through.
    fn is_last(&self) -> bool {
        match self.left.load(Ordering::SeqCst) {
            usize::MAX => false,
            1 => {
                self.left.store(usize::MAX, Ordering::SeqCst);
                if !self.stalls.load(Ordering::SeqCst) {
                    self.cut.notify_waiters();
                }
                true
            }
            left => {
                self.left.store(left - 1, Ordering::SeqCst);
                false
            }
        }
    }
}

/// How long the first message is, if it is there whole. The one that starts a session has no type before its length.
fn message(bytes: &[u8], has_started: bool) -> Option<usize> {
    let before = usize::from(has_started);
    let length = bytes.get(before..before + 4)?;
    let length = before + usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
    (bytes.len() >= length).then_some(length)
}
