//! An HTTP server on loopback with configurable responses.
//!
//! Invariant: dropping the server ends its threads, including those with a hanging request.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The response of a [`KeyServer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Status 200 with this body.
    Document(String),
    /// This status with these header fields and an empty body.
    Status(u16, Vec<(String, String)>),
    /// These bytes, then the connection is closed.
    Raw(Vec<u8>),
    /// No response until another reply is set.
    Hang,
}

/// Serves a key set on a free loopback port, to test rotation and failures of the key endpoint. Stops when dropped.
///
/// ```
/// use better_auth_verifier::testing::{KeyServer, Reply};
///
/// let server = KeyServer::start(r#"{"keys":[]}"#);
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// server.set(Reply::Status(429, vec![("retry-after".into(), "2".into())]));
/// assert_eq!(server.requests(), 0);
/// ```
pub struct KeyServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    reply: Reply,
    requests: Vec<String>,
    stopped: bool,
}

impl KeyServer {
    /// Starts a server that responds with `document`.
    ///
    /// # Panics
    /// No port can be bound on loopback.
    #[expect(clippy::expect_used, reason = "a test cannot continue without a port")]
    #[must_use]
    pub fn start(document: impl Into<String>) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let reply = Reply::Document(document.into());
        let state = State {
            reply,
            requests: Vec::new(),
            stopped: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || serve(&listener, &serving));
        Self { address, shared }
    }

    /// Returns the URL of the key set.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/api/auth/jwks", self.address)
    }

    /// Sets the response to future requests and to those that are hanging.
    pub fn set(&self, reply: Reply) {
        self.shared.lock().reply = reply;
        self.shared.changed.notify_all();
    }

    /// Returns the number of requests received.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.shared.lock().requests.len()
    }

    /// Returns the request line and header fields of the last request.
    #[must_use]
    pub fn last_request(&self) -> Option<String> {
        self.shared.lock().requests.last().cloned()
    }

    /// Blocks until this many requests were received. Has no timeout.
    pub fn wait_for_requests(&self, count: usize) {
        let mut state = self.shared.lock();
        while state.requests.len() < count {
            state = self
                .shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        // Wakes the accepting thread. An error means that the listener is closed already.
        let _connected = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.lock().stopped {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // The client may disconnect early.
            let _disconnected = respond(stream, &shared);
        });
    }
}

fn respond(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let head = read_head(&mut stream)?;
    let mut state = shared.lock();
    state.requests.push(head);
    shared.changed.notify_all();
    while state.reply == Reply::Hang && !state.stopped {
        state = shared
            .changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
    let reply = state.reply.clone();
    drop(state);
    match reply {
        Reply::Document(body) => write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ),
        Reply::Status(status, fields) => {
            let fields: String = fields
                .iter()
                .map(|(name, value)| format!("{name}: {value}\r\n"))
                .collect();
            write!(
                stream,
                "HTTP/1.1 {status} Scripted\r\n{fields}content-length: 0\r\nconnection: close\r\n\r\n"
            )
        }
        Reply::Raw(bytes) => stream.write_all(&bytes),
        Reply::Hang => Ok(()),
    }
}

fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(&byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
