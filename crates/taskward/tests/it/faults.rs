//! Errors of the store: the client gets one problem, nothing is changed, and the next request works.
//!
//! How a backend handles errors of its disk or its connection is tested in the backend's crate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use better_auth_verifier::testing::TestIssuer;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use taskward::system::{SystemClock, SystemIds};
use taskward_access::{Grant, Maintenance};
use taskward_domain::{
    Batch, ChangePage, ChangesRequest, Counts, FeedCursor, Listing, Loaded, Needs, TaskQuery,
    ViewQuery,
};
use taskward_http::server::{self, ListenerLimits};
use taskward_http::{
    ApiState, AuthServer, Edge, Pages, RateLimits, SecurityHeaders, Stopping, TrustedProxies,
    router,
};
use taskward_service::Services;
use taskward_store::{
    Committed, Lanes, Purged, Store, StoreError, Subscription, UserStore, Viewed,
};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::harness::{Backend, Client, Database, ORIGIN, SECRET, authenticator, fresh_id};

const LIST: &str = "/api/users/me/tasks";

/// Makes an error.
type Fault = fn() -> StoreError;

/// The errors of the store, and the status and code of their answers.
const FAULTS: [(Fault, u16, &str); 5] = [
    (|| StoreError::Overloaded, 503, "overloaded"),
    (|| StoreError::Full, 507, "storage_full"),
    (
        || StoreError::Unavailable("cut".into()),
        503,
        "storage_unavailable",
    ),
    (
        || StoreError::OutcomeUnknown("cut".into()),
        503,
        "outcome_unknown",
    ),
    (|| StoreError::Failed("broken".into()), 500, "internal"),
];

/// Which call fails, and with which error.
struct Plan {
    /// The number of calls up to the one that fails; 0 if none does.
    countdown: AtomicU32,
    fault: std::sync::Mutex<Fault>,
}

impl Plan {
    fn fail_call(&self, number: u32, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
        self.countdown.store(number, Ordering::SeqCst);
    }

    fn call(&self) -> Result<(), StoreError> {
        let step = |left: u32| left.checked_sub(1);
        let left = self
            .countdown
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, step);
        match left {
            Ok(1) => Err((self.fault.lock().unwrap())()),
            _ => Ok(()),
        }
    }

    /// Whether the call that fails has been made, or none is planned.
    fn is_over(&self) -> bool {
        self.countdown.load(Ordering::SeqCst) == 0
    }
}

struct FaultyStore {
    store: Arc<dyn Store>,
    plan: Arc<Plan>,
}

#[async_trait]
impl Store for FaultyStore {
    fn for_grant<'a>(&'a self, grant: &'a Grant) -> Box<dyn UserStore + 'a> {
        Box::new(FaultyUserStore {
            store: self.store.for_grant(grant),
            plan: &self.plan,
        })
    }

    fn lanes(&self) -> Lanes {
        self.store.lanes()
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.plan.call()?;
        self.store.check().await
    }

    async fn close(&self) {
        self.store.close().await;
    }

    async fn purge(&self, maintenance: &Maintenance, now: Timestamp) -> Result<Purged, StoreError> {
        self.plan.call()?;
        self.store.purge(maintenance, now).await
    }
}

struct FaultyUserStore<'a> {
    store: Box<dyn UserStore + 'a>,
    plan: &'a Plan,
}

#[async_trait]
impl UserStore for FaultyUserStore<'_> {
    async fn commit(&self, batch: Batch, now: Timestamp) -> Result<Committed, StoreError> {
        self.plan.call()?;
        self.store.commit(batch, now).await
    }

    async fn load(&self, needs: Needs) -> Result<Loaded, StoreError> {
        self.plan.call()?;
        self.store.load(needs).await
    }

    async fn list_tasks(
        &self,
        query: TaskQuery,
        known: Option<FeedCursor>,
    ) -> Result<Listing, StoreError> {
        self.plan.call()?;
        self.store.list_tasks(query, known).await
    }

    async fn view(
        &self,
        query: ViewQuery,
        now: Timestamp,
        known: Option<FeedCursor>,
    ) -> Result<Viewed, StoreError> {
        self.plan.call()?;
        self.store.view(query, now, known).await
    }

    async fn counts(
        &self,
        day: Option<Date>,
        now: Timestamp,
    ) -> Result<(Counts, FeedCursor), StoreError> {
        self.plan.call()?;
        self.store.counts(day, now).await
    }

    async fn changes(&self, request: ChangesRequest) -> Result<ChangePage, StoreError> {
        self.plan.call()?;
        self.store.changes(request).await
    }

    async fn newest(&self) -> Result<FeedCursor, StoreError> {
        self.plan.call()?;
        self.store.newest().await
    }

    fn subscribe(&self) -> Subscription {
        self.store.subscribe()
    }
}

/// A server on a store that fails as the plan says.
async fn serve(store: Arc<dyn Store>) -> (SocketAddr, Arc<Plan>) {
    let plan = Arc::new(Plan {
        countdown: AtomicU32::new(0),
        fault: std::sync::Mutex::new(|| StoreError::Overloaded),
    });
    let store = FaultyStore {
        store,
        plan: Arc::clone(&plan),
    };
    let (stopping, is_stopping) = watch::channel(false);
    let state = ApiState {
        authenticator: authenticator(),
        services: Services::new(Arc::new(store), Arc::new(SystemClock), Arc::new(SystemIds)),
        auth_proxy: None,
        auth_server: AuthServer::None,
        pages: Pages::Off,
        stopping: Stopping::new(is_stopping),
        rate_limits: RateLimits::OFF,
        trusted_proxies: TrustedProxies::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = router(state, Edge::new(1, SecurityHeaders::new(false, false)));
    tokio::spawn(async move {
        let limits = ListenerLimits::default();
        server::serve(listener, router, limits, std::future::pending()).await;
        drop(stopping);
    });
    (address, plan)
}

#[tokio::test]
async fn a_storage_error_is_one_problem_and_changes_nothing_on_sqlite() {
    check_every_fault(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_storage_error_is_one_problem_and_changes_nothing_on_postgres() {
    check_every_fault(Backend::Postgres).await;
}

async fn check_every_fault(backend: Backend) {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(backend, data.path()).await;
    let (address, plan) = serve(database.store().await).await;
    let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
    let alice = Client::new(address, Some(issuer.token("alice")));
    let kept = alice.create("kept").await;
    let deleted = alice.create("deleted").await;
    let (kept, deleted) = (id(&kept), id(&deleted));
    alice
        .delete(&format!("{LIST}/{deleted}"))
        .await
        .expect(StatusCode::NO_CONTENT);

    let answer = alice
        .post("/api/users/me/lists", json!({ "name": "list" }))
        .await;
    let list = id(&answer.expect(StatusCode::CREATED).json());

    let tried = [
        (Method::GET, LIST.to_owned(), None),
        (Method::GET, format!("{LIST}?q=kept"), None),
        (Method::GET, format!("{LIST}/{kept}"), None),
        (Method::GET, format!("{LIST}/{kept}/occurrences"), None),
        (Method::GET, format!("{LIST}?view=inbox"), None),
        (
            Method::GET,
            format!("{LIST}?view=list&list_id={list}"),
            None,
        ),
        (
            Method::GET,
            format!("{LIST}?view=subtasks&parent_id={kept}"),
            None,
        ),
        (
            Method::GET,
            format!("{LIST}?view=filter&filter=overdue"),
            None,
        ),
        (Method::GET, "/api/users/me/counts".to_owned(), None),
        (Method::GET, "/api/users/me/filters".to_owned(), None),
        (
            Method::POST,
            "/api/users/me/quick-add".to_owned(),
            Some(json!({ "text": "new tomorrow" })),
        ),
        (
            Method::POST,
            "/api/users/me/quick-add".to_owned(),
            Some(json!({ "text": "new @label", "dry_run": false, "create_labels": true })),
        ),
        (
            Method::GET,
            "/api/users/me/changes?since=0".to_owned(),
            None,
        ),
        (Method::GET, "/readyz".to_owned(), None),
        (
            Method::POST,
            LIST.to_owned(),
            Some(json!({ "id": fresh_id(), "title": "new" })),
        ),
        (
            Method::PUT,
            format!("{LIST}/{kept}"),
            Some(json!({ "title": "put" })),
        ),
        (
            Method::PATCH,
            format!("{LIST}/{kept}"),
            Some(json!({ "title": "patched" })),
        ),
        (
            Method::PATCH,
            format!("{LIST}/{kept}/complete"),
            Some(json!({ "completed": true })),
        ),
        (Method::DELETE, format!("{LIST}/{kept}"), None),
        (Method::POST, format!("{LIST}/{deleted}/restore"), None),
    ];
    for (method, path, body) in tried {
        for (fault, status, code) in FAULTS {
            let before = visible_state(&alice).await;
            for number in 1.. {
                plan.fail_call(number, fault);
                let answer = match &body {
                    Some(body) => alice.json(method.clone(), &path, body.clone()).await,
                    None => {
                        alice
                            .request(method.clone(), &path, &[], Body::empty())
                            .await
                    }
                };
                if !plan.is_over() {
                    // The request makes fewer calls, so none failed.
                    plan.fail_call(0, fault);
                    assert!(
                        answer.status.is_success() || number > 1,
                        "{method} {path}: {answer:?}"
                    );
                    break;
                }
                let retry = answer
                    .problem(status, code)
                    .header("retry-after")
                    .map(str::to_owned);
                assert_eq!(retry.is_some(), status == 503, "{method} {path}");
                assert_eq!(
                    visible_state(&alice).await,
                    before,
                    "{method} {path} changed something"
                );
            }
        }
    }
}

/// A write that is done is not answered with an error, because that would say that nothing was written.
#[tokio::test]
async fn a_filter_is_answered_with_ids_if_the_names_cannot_be_read() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(Backend::Sqlite, data.path()).await;
    let (address, plan) = serve(database.store().await).await;
    let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
    let alice = Client::new(address, Some(issuer.token("alice")));
    let label = alice
        .post("/api/users/me/labels", json!({ "name": "errand" }))
        .await;
    let label = id(&label.expect(StatusCode::CREATED).json());
    let (single, in_batch) = (fresh_id(), fresh_id());
    let body = json!({ "name": "f", "query": "@errand" });
    let filter = json!({ "id": single, "name": "f", "query": "@errand" });
    let operation = json!({ "op": "create", "kind": "filter", "id": in_batch, "body": body });
    let shown = format!("@{{{label}}}");
    for (fault, ..) in FAULTS {
        plan.fail_call(2, fault);
        let answer = alice.post("/api/users/me/filters", filter.clone()).await;
        assert!(answer.status.is_success() && plan.is_over());
        assert_eq!(answer.json()["query"], shown);
        plan.fail_call(2, fault);
        let batch = json!({ "operations": [operation] });
        let answer = alice.post("/api/users/me/batch", batch).await;
        assert!(answer.status.is_success() && plan.is_over());
        assert_eq!(answer.json()["results"][0]["filter"]["query"], shown);
    }
    let filters = alice.get("/api/users/me/filters").await.json();
    assert_eq!(filters[1]["query"], "@errand");
}

fn id(task: &serde_json::Value) -> String {
    task["id"].as_str().unwrap().to_owned()
}

/// The list and the changes of a user.
async fn visible_state(client: &Client) -> [serde_json::Value; 2] {
    let list = client.get(LIST).await.expect(StatusCode::OK).json();
    let changes = client
        .get("/api/users/me/changes?since=0&kinds=all")
        .await
        .expect(StatusCode::OK)
        .json();
    [list, changes]
}
