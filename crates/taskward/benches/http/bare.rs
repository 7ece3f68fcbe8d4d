//! The bare server: axum and hyper, sending the same answer from memory to every request.

use std::io::Write;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use axum::routing::get;
use bytes::Bytes;
use tokio::net::TcpListener;

use crate::Outcome;

/// The argument that makes the benchmark run as the bare server.
pub(crate) const COMMAND: &str = "serve-bare";

/// The answer to every request.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Serves the answer in the file until it is killed.
pub(crate) fn serve(file: &Path) -> Outcome<()> {
    let answer = Answer::parse(&std::fs::read(file)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        writeln!(std::io::stderr(), r#"{{"address":"{address}"}}"#)?;
        let send = move || std::future::ready(answer.response());
        let router = Router::new().route("/api/users/{user_id}/tasks", get(send));
        axum::serve(listener, router).await?;
        Ok(())
    })
}

impl Answer {
    /// Parses the bytes of an answer, without the fields that hyper adds to every answer.
    fn parse(bytes: &[u8]) -> Outcome<Self> {
        let end = crate::load::head_length(bytes).ok_or("the answer has no head")?;
        let (head, body) = bytes.split_at(end);
        let mut lines = std::str::from_utf8(head)?.split_terminator("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let mut headers = HeaderMap::new();
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ").ok_or("a field has no name")?;
            if !matches!(name, "date" | "content-length") {
                headers.append(
                    HeaderName::try_from(name)?,
                    HeaderValue::try_from(value.to_owned())?,
                );
            }
        }
        Ok(Self {
            status: status.ok_or("the answer has no status")?.parse()?,
            headers,
            body: Bytes::copy_from_slice(body),
        })
    }

    fn response(&self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}
