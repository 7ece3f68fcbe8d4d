//! An HTTP client with or without a token, and the answers it gets.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

type Http = hyper_util::client::legacy::Client<HttpConnector, Body>;

#[derive(Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    token: Option<String>,
    http: Http,
}

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, token: Option<String>) -> Self {
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Self {
            address,
            token,
            http,
        }
    }

    /// The same server, with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], Body::empty()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, &[], Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PUT, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PATCH, path, body).await
    }

    pub(crate) async fn json(&self, method: Method, path: &str, body: Value) -> Answer {
        let fields = [("content-type", "application/json")];
        self.request(method, path, &fields, Body::from(body.to_string()))
            .await
    }

    /// Creates a task in the user's own list.
    pub(crate) async fn create(&self, title: &str) -> Value {
        let answer = self
            .post("/api/users/me/tasks", serde_json::json!({ "title": title }))
            .await;
        answer.expect(StatusCode::CREATED).json()
    }

    /// The titles in the user's own list.
    pub(crate) async fn titles(&self) -> Vec<String> {
        let tasks = self
            .get("/api/users/me/tasks")
            .await
            .expect(StatusCode::OK)
            .json();
        tasks
            .as_array()
            .unwrap()
            .iter()
            .map(|task| task["title"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        Answer::read(self.send(method, path, fields, body).await).await
    }

    /// `None` if the connection broke before the answer was complete.
    pub(crate) async fn try_json(&self, method: Method, path: &str, body: Value) -> Option<Answer> {
        let fields = [("content-type", "application/json")];
        let request = self.prepare(method, path, &fields, Body::from(body.to_string()));
        let (parts, body) = self.http.request(request).await.ok()?.into_parts();
        Some(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.ok()?.to_bytes(),
        })
    }

    /// Sends a request and does not read the body of the answer, which may be an endless stream.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: Body,
    ) -> Response<Incoming> {
        let request = self.prepare(method, path, fields, body);
        self.http.request(request).await.unwrap()
    }

    fn prepare(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: Body,
    ) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        request.body(body).unwrap()
    }
}

impl Answer {
    pub(super) async fn read(response: Response<Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let is_stream = parts
            .headers
            .get("content-type")
            .is_some_and(|kind| kind == "text/event-stream");
        Self {
            status: parts.status,
            headers: parts.headers,
            body: if is_stream {
                Bytes::new()
            } else {
                body.collect().await.unwrap().to_bytes()
            },
        }
    }

    /// Asserts the status.
    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    /// Asserts that the answer is a complete problem with this status and code.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        let problem = self.json();
        assert_eq!(
            (self.status.as_u16(), problem["code"].as_str()),
            (status, Some(code)),
            "{problem}"
        );
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        assert!(
            problem["title"].is_string()
                && problem["type"].is_string()
                && problem["detail"].is_string()
        );
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("the body is not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The field errors, as pointer and code.
    #[track_caller]
    pub(crate) fn field_errors(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let problem = self.json();
        problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (text(&error["pointer"]), text(&error["code"])))
            .collect()
    }
}
