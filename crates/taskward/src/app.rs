//! The composition root: the one place that knows every concrete type and composes them.
//!
//! Invariant: only this module and its parts build a `Verifier`, and so decide which issuer is trusted, and only this file
//! begins `Maintenance`. `clippy.toml` disallows both elsewhere.

mod keys;
mod storage;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::HeaderValue;
use better_auth_verifier::{ConfigError as PolicyError, RemoteKeySetError, SecretError};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use taskward_access::Maintenance;
use taskward_http::{
    AllowedOrigins, ApiState, AuthProxy, AuthServer, AuthServerState, Edge, Pages, RateLimits,
    Router, SecurityHeaders, Stopping, router,
    server::{self, ListenerLimits},
};
use taskward_service::Services;
use taskward_sqlite::{AccountsFile, StaleLog};
use taskward_store::Store;

use crate::config::{AuthServerConfig, Config, NamedFile, Origin, TokenMode};
use crate::descriptors;
use crate::supervisor::{Child, ChildError, HealthCheck};
use crate::system::{SystemClock, SystemIds, random_seed};

pub use storage::{MigrateError, StorageError, migrate};
pub use tokens::TokenCheck;
pub(crate) use tokens::explain as explain_tokens;

/// Why the server does not start. One line each, which says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{setting}: {source}")]
    Secret {
        setting: &'static str,
        source: SecretError,
    },
    #[error("tokens cannot be checked with these settings: {0}")]
    Policy(#[source] PolicyError),
    #[error("{setting}: {source}")]
    Keys {
        setting: &'static str,
        source: RemoteKeySetError,
    },
    #[error("TASKWARD_DATA: cannot write to {}: {source}; choose another directory with --data", .path.display())]
    Data {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(
        "TASKWARD_LISTEN: cannot listen on {address}: {source}; stop the process that uses it or choose another address with --listen"
    )]
    Listen {
        address: std::net::SocketAddr,
        source: std::io::Error,
    },
    #[error("BETTER_AUTH_URL: has no usable host")]
    PublicHost,
    #[error(transparent)]
    AuthServer(#[from] ChildError),
    #[error(
        "{setting}: {source}; to keep the present accounts, move the files that end in -wal and -shm away; to go back to a \
         backup, run `taskward restore FILE --replace`"
    )]
    AccountsLog {
        setting: &'static str,
        source: StaleLog,
    },
}

impl StartError {
    /// Whether a setting is wrong, so that the same start fails again.
    #[must_use]
    pub fn is_misconfiguration(&self) -> bool {
        match self {
            Self::Secret { .. }
            | Self::Policy(_)
            | Self::Keys { .. }
            | Self::Data { .. }
            | Self::PublicHost
            | Self::AuthServer(_) => true,
            Self::Storage(error) => error.is_misconfiguration(),
            Self::AccountsLog { .. } => false,
            Self::Listen { source, .. } => source.kind() != std::io::ErrorKind::AddrInUse,
        }
    }
}

/// Finds what would stop a start with these settings, as far as that shows without starting anything. Requires a tokio
/// runtime.
pub async fn check(config: &Config) -> Vec<String> {
    let mut problems = Vec::new();
    let mut note = |found: Result<(), StartError>| {
        problems.extend(found.err().map(|error| error.to_string()));
    };
    // Keys that it begins to fetch are dropped at once.
    note(tokens::authenticator(&config.tokens).map(drop));
    note(storage::check(&config.store.database).map_err(StartError::from));
    if let Some(server) = &config.auth_server {
        note(proxy(server, config).map(drop));
        if !server.command.is_empty() {
            note(child(server).check().await.map_err(StartError::from));
        }
    }
    problems
}

/// A server that is ready to run.
pub struct App {
    listener: TcpListener,
    router: Router,
    services: Services,
    /// Supervises or monitors the auth server until `stop`.
    auth_server: Option<AuthServerTask>,
    /// True once the server is asked to stop.
    stopping: watch::Sender<bool>,
    /// True once the last request is done.
    stop: watch::Sender<bool>,
    store: Arc<dyn Store>,
}

type AuthServerTask = std::pin::Pin<Box<dyn Future<Output = Result<(), ChildError>> + Send>>;

impl App {
    /// Opens everything the server needs. Returns once the listener accepts connections.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: Config) -> Result<Self, StartError> {
        create_private_directory(&config.store.data)?;
        let authenticator = tokens::authenticator(&config.tokens)?;
        let store = storage::open(&config.store.database).await?;
        let accounts = begin_accounts(config.store.accounts.as_ref())?;
        let listener = TcpListener::bind(config.http.listen)
            .await
            .map_err(|source| StartError::Listen {
                address: config.http.listen,
                source,
            })?;
        describe(&config, &listener);

        let (stop, stopped) = watch::channel(false);
        let (auth_server_state, auth_server) =
            auth_server(config.auth_server.as_ref(), accounts, stopped);
        let services = Services::new(
            Arc::clone(&store),
            Arc::new(SystemClock),
            Arc::new(SystemIds),
        );
        let (stopping, is_stopping) = watch::channel(false);
        let state = ApiState {
            authenticator,
            services: services.clone(),
            auth_proxy: config
                .auth_server
                .as_ref()
                .map(|server| proxy(server, &config))
                .transpose()?,
            auth_server: auth_server_state,
            pages: pages(&config),
            stopping: Stopping::new(is_stopping),
            rate_limits: config.http.rate_limits,
            trusted_proxies: config.http.trusted_proxies.clone(),
        };
        let edge = Edge::new(
            random_seed(),
            SecurityHeaders::new(
                config.http.public.is_https(),
                config.http.hsts_include_subdomains,
            ),
        )
        .with_allowed_origins(AllowedOrigins::new(allowed_origins(&config)));
        Ok(Self {
            listener,
            router: router(state, edge),
            services,
            auth_server,
            stopping,
            stop,
            store,
        })
    }

    /// The address the server listens on, with the actual port if the configured one was 0.
    ///
    /// # Errors
    /// The system's error.
    pub fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` completes, then drains. The auth server is stopped after the last request, so that a sign-in
    /// in progress completes.
    ///
    /// # Errors
    /// [`StartError::AuthServer`], after the same drain.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
        let limits = descriptors::fit(ListenerLimits::default());
        let (fail, failed) = oneshot::channel();
        let auth_server = self.auth_server.map(|work| {
            tokio::spawn(async move {
                work.await.inspect_err(|_| {
                    let _ = fail.send(());
                })
            })
        });
        let services = self.services;
        #[expect(
            clippy::disallowed_methods,
            reason = "the composition root begins maintenance"
        )]
        let maintenance = Maintenance::begin();
        let upkeep = tokio::spawn(async move { services.keep_up(maintenance).await });
        let stopping = self.stopping;
        let shutdown = async move {
            tokio::select! {
                () = shutdown => {}
                Ok(()) = failed => {}
            }
            // End event streams first; otherwise the drain waits for its timeout.
            stopping.send_replace(true);
        };
        server::serve(self.listener, self.router, limits, shutdown).await;
        upkeep.abort();
        let _aborted = upkeep.await;
        self.store.close().await;
        self.stop.send_replace(true);
        match auth_server {
            Some(task) => match task.await {
                Ok(ended) => Ok(ended?),
                Err(error) => {
                    tracing::error!(error = %error, "the supervisor of the auth server failed");
                    Ok(())
                }
            },
            None => Ok(()),
        }
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which means the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// What is served at `/`.
pub(crate) fn pages(config: &Config) -> Pages {
    if !config.http.web {
        Pages::Off
    } else if config.auth_server.is_some() {
        Pages::App
    } else {
        Pages::Start
    }
}

fn allowed_origins(config: &Config) -> Vec<String> {
    let origins = config.http.allowed_origins.iter();
    origins.map(Origin::text).collect()
}

fn create_private_directory(path: &Path) -> Result<(), StartError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| StartError::Data {
        path: path.to_owned(),
        source,
    })
}

fn begin_accounts(file: Option<&NamedFile>) -> Result<Option<AccountsFile>, StartError> {
    let Some(NamedFile { setting, path }) = file else {
        return Ok(None);
    };
    AccountsFile::begin(path).map_err(|source| StartError::AccountsLog { setting, source })
}

/// What is known about the auth server, and the work that finds it out.
fn auth_server(
    config: Option<&AuthServerConfig>,
    accounts: Option<AccountsFile>,
    stopped: watch::Receiver<bool>,
) -> (AuthServer, Option<AuthServerTask>) {
    let Some(config) = config else {
        return (AuthServer::None, None);
    };
    let (report, state) = watch::channel(AuthServerState::Starting);
    if config.command.is_empty() {
        let check = HealthCheck::of_external(config.address.clone());
        let work = async move {
            tokio::select! {
                () = check.monitor(report) => {}
                () = until(stopped) => {}
            }
            Ok(())
        };
        return (AuthServer::External(state), Some(Box::pin(work)));
    }
    let supervise = child(config).supervise(report, until(stopped));
    let work = async move {
        let ended = supervise.await;
        if let Some(accounts) = accounts {
            // Blocks the thread. Nothing else is served any more.
            accounts.settle();
        }
        ended
    };
    (AuthServer::Supervised(state), Some(Box::pin(work)))
}

fn child(config: &AuthServerConfig) -> Child {
    Child {
        command: config.command.clone(),
        environment: config.environment.clone(),
        address: config.address.clone(),
    }
}

fn proxy(server: &AuthServerConfig, config: &Config) -> Result<AuthProxy, StartError> {
    let field = |text: &str| HeaderValue::from_str(text).map_err(|_| StartError::PublicHost);
    let public = &config.http.public;
    Ok(AuthProxy::new(
        server.address.clone(),
        field(&public.authority())?,
        field(public.scheme())?,
        config.http.trusted_proxies.clone(),
    ))
}

/// Logs the settings in effect, without secrets (SEC-07, SEC-92, SEC-93).
fn describe(config: &Config, listener: &TcpListener) {
    let tokens = match &config.tokens.mode {
        TokenMode::SharedSecret { .. } => "shared secret (HS256)",
        TokenMode::Jwks(_) => "JWKS",
    };
    let origins = allowed_origins(config).join(",");
    let address = listener.local_addr().map_or_else(
        |_| config.http.listen.to_string(),
        |address| address.to_string(),
    );
    tracing::info!(
        %address,
        public = %config.http.public.text(),
        tokens,
        issuer = %config.tokens.issuer.value,
        audience = %config.tokens.audience.value,
        auth_server = config.auth_server.as_ref().map_or("none", |server| server.address.as_str()),
        database = %storage::describe(&config.store.database.database),
        allowed_origins = if origins.is_empty() { "none" } else { &*origins },
        version = env!("CARGO_PKG_VERSION"),
        "listening"
    );
    tokens::describe(&config.tokens);
    if let Some(server) = &config.auth_server
        && server.is_without_tls
    {
        tracing::warn!(
            "TASKWARD_AUTH_UPSTREAM: passwords and sessions are forwarded to {} without TLS; if the network between is \
             private, add the host to TASKWARD_ALLOW_HTTP_HOSTS",
            server.address
        );
    }
    if config.tokens.explain && !config.http.is_loopback() {
        tracing::warn!(
            "TASKWARD_EXPLAIN_TOKENS is on beyond this machine: 401 answers tell everybody which check of a token failed"
        );
    }
    if !config.http.is_loopback() {
        tracing::warn!(
            "the listener serves plain HTTP beyond this machine: put a proxy that terminates TLS in front of it"
        );
    }
    if config.http.rate_limits == RateLimits::OFF {
        tracing::warn!("rate limits are off");
    }
    if config.http.metrics.is_some() {
        tracing::warn!("TASKWARD_METRICS_LISTEN is set, but this version has no metrics");
    }
}
