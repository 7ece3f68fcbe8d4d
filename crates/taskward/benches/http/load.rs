//! The load generator: keep-alive HTTP/1.1 connections that each send a request, wait for the complete answer, and send the
//! next one.
//!
//! It runs on one thread and parses of an answer only what it needs to find the end, so that it uses less processor time
//! than the server.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::people::Requests;
use crate::{Error, Outcome};

pub(crate) struct Load {
    runtime: tokio::runtime::Runtime,
    connections: u16,
}

/// The answers of one window.
pub(crate) struct Window {
    /// The time from sending a request to the last byte of its answer, in microseconds.
    pub(crate) times: Vec<u32>,
    pub(crate) seconds: f64,
}

impl Window {
    pub(crate) fn answers(&self) -> f64 {
        self.times.len() as f64
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.answers() / self.seconds
    }
}

impl Load {
    pub(crate) fn new(connections: u16) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            connections,
        })
    }

    /// Sends the requests in a cycle until `window` has passed. Every answer must have this status.
    pub(crate) fn send_for(
        &self,
        server: SocketAddr,
        requests: &Requests,
        status: &str,
        window: Duration,
    ) -> Outcome<Window> {
        let start = Instant::now();
        let work = Work {
            server,
            requests: requests.iter().cycle(),
            status,
            until: Some(start + window),
        };
        let times = self.run(work, |_, _| Ok(()))?;
        Ok(Window {
            times,
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    /// Sends every request once. Calls `look` with each answer and the number of its request.
    pub(crate) fn send_each(
        &self,
        server: SocketAddr,
        requests: &Requests,
        status: &str,
        look: impl FnMut(usize, &[u8]) -> Outcome<()>,
    ) -> Outcome<()> {
        let work = Work {
            server,
            requests: requests.iter(),
            status,
            until: None,
        };
        self.run(work, look).map(drop)
    }

    /// Sends requests one after the other on one connection until `window` has passed. Each is made from the answer before.
    /// Returns the times in microseconds.
    pub(crate) fn send_chain(
        &self,
        server: SocketAddr,
        mut request: Box<[u8]>,
        status: &str,
        window: Duration,
        mut next: impl FnMut(&[u8]) -> Outcome<Box<[u8]>>,
    ) -> Outcome<Vec<u32>> {
        self.runtime.block_on(async {
            let mut connection = Connection::open(server).await?;
            let (start, mut times) = (Instant::now(), Vec::new());
            while start.elapsed() < window {
                let sent = Instant::now();
                let answer = connection.send(&request, status).await?;
                times.push(u32::try_from(sent.elapsed().as_micros())?);
                request = next(answer)?;
            }
            Ok(times)
        })
    }

    fn run<'r, R>(
        &self,
        work: Work<'_, R>,
        look: impl FnMut(usize, &[u8]) -> Outcome<()>,
    ) -> Outcome<Vec<u32>>
    where
        R: Iterator<Item = &'r Box<[u8]>>,
    {
        // Shared by all connections, which run on one thread.
        let queue = RefCell::new(work.requests.enumerate());
        let look = RefCell::new(look);
        let connections = (0..self.connections).map(|_| async {
            let mut connection = Connection::open(work.server).await?;
            let mut times = Vec::new();
            loop {
                let sent = Instant::now();
                if work.until.is_some_and(|until| sent >= until) {
                    return Ok::<_, Error>(times);
                }
                let next = queue.borrow_mut().next();
                let Some((number, request)) = next else {
                    return Ok(times);
                };
                let answer = connection.send(request, work.status).await?;
                times.push(u32::try_from(sent.elapsed().as_micros())?);
                look.borrow_mut()(number, answer)?;
            }
        });
        let times: Vec<Vec<u32>> = self.runtime.block_on(try_join_all(connections))?;
        Ok(times.concat())
    }
}

struct Work<'w, R> {
    server: SocketAddr,
    requests: R,
    status: &'w str,
    until: Option<Instant>,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(server: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1_024),
        })
    }

    /// Sends a request and reads its complete answer.
    async fn send(&mut self, request: &[u8], status: &str) -> Outcome<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut length = None;
        while length.is_none_or(|length| self.buffer.len() < length) {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            length = length.or_else(|| complete_length(&self.buffer));
        }
        let has_status = self.buffer.get(9..12) == Some(status.as_bytes());
        if has_status && length == Some(self.buffer.len()) {
            Ok(&self.buffer)
        } else {
            let answer = String::from_utf8_lossy(&self.buffer);
            Err(format!("expected {status}, got: {answer}").into())
        }
    }
}

/// The length of the answer, once its head has arrived.
fn complete_length(bytes: &[u8]) -> Option<usize> {
    let head = head_length(bytes)?;
    let body = field(bytes.get(..head)?, "content-length").and_then(|text| text.parse().ok());
    Some(head + body.unwrap_or(0))
}

/// The length of the head, with the empty line at its end.
pub(crate) fn head_length(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// The value of a field. `name` is in lower case, as hyper writes it.
pub(crate) fn field<'h>(head: &'h [u8], name: &str) -> Option<&'h str> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let value = line.strip_prefix(name.as_bytes())?.strip_prefix(b": ")?;
        std::str::from_utf8(value.trim_ascii_end()).ok()
    })
}
