//! The variables and flags of the commands.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, ValueEnum};
use ipnet::IpNet;
use secrecy::SecretString;
use taskward_http::RateLimits;
use tracing::level_filters::LevelFilter;

use super::{ConfigError, DatabaseOptions, DatabaseUrl, Switch, TokenOptions};

/// The settings of the server. Each is a flag and an environment variable; the flag takes precedence.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// Address of the public server
    #[arg(
        long,
        env = "TASKWARD_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    pub listen: SocketAddr,

    #[command(flatten)]
    pub database: DatabaseOptions,

    /// Public origin, exactly as in the address bar; issuer and audience follow it [default: http://localhost:{port}]
    #[arg(long, env = "BETTER_AUTH_URL", value_name = "ORIGIN")]
    pub better_auth_url: Option<String>,

    /// File that holds the secret Better Auth signs with, at least 32 bytes; or set BETTER_AUTH_SECRET to the secret itself
    #[arg(long, value_name = "FILE")]
    pub better_auth_secret_file: Option<PathBuf>,

    #[arg(skip)]
    pub(super) secret: Option<SecretString>,

    /// File that holds the secret before the last rotation, still accepted; or set BETTER_AUTH_SECRET_PREVIOUS
    #[arg(long, value_name = "FILE")]
    pub better_auth_secret_previous_file: Option<PathBuf>,

    #[arg(skip)]
    pub(super) secret_previous: Option<SecretString>,

    /// Which tokens to accept [default: shared-secret if there is a secret, else jwks]
    #[arg(long, env = "TASKWARD_TOKENS", value_enum)]
    pub tokens: Option<Tokens>,

    /// Where Better Auth publishes its keys [default: /api/auth/jwks at the auth server, else at the public origin]
    #[arg(long, env = "BETTER_AUTH_JWKS_URL", value_name = "URL")]
    pub better_auth_jwks_url: Option<String>,

    /// The `iss` that tokens must carry [default: the origin of BETTER_AUTH_URL, else of BETTER_AUTH_JWKS_URL]
    #[arg(long, env = "TASKWARD_ISSUER", value_name = "TEXT")]
    pub issuer: Option<String>,

    /// The `aud` that tokens must carry [default: the origin of BETTER_AUTH_URL, else of BETTER_AUTH_JWKS_URL]
    #[arg(long, env = "TASKWARD_AUDIENCE", value_name = "TEXT")]
    pub audience: Option<String>,

    #[command(flatten)]
    pub token: TokenOptions,

    /// Where /api/auth/* is forwarded to [default: the next port on loopback if there is an auth command, else nowhere]
    #[arg(long, env = "TASKWARD_AUTH_UPSTREAM", value_name = "ORIGIN")]
    pub auth_upstream: Option<String>,

    /// Start and supervise this auth server, for example "node auth/dist/main.js"
    #[arg(long, env = "TASKWARD_AUTH_COMMAND", value_name = "COMMAND")]
    pub auth_command: Option<String>,

    /// Networks of proxies whose X-Forwarded-For is trusted, separated by commas [default: none]
    #[arg(
        long,
        env = "TASKWARD_TRUSTED_PROXIES",
        value_name = "NETWORKS",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// Origins of web apps that may use the API from a browser (CORS), separated by commas [default: none]
    #[arg(
        long,
        env = "TASKWARD_ALLOWED_ORIGINS",
        value_name = "ORIGINS",
        value_delimiter = ','
    )]
    pub allowed_origins: Vec<String>,

    /// Serve pages: the web app, or a page about the API if there is no auth server
    #[arg(long, env = "TASKWARD_WEB", value_enum, default_value_t = Switch::On)]
    pub web: Switch,

    /// Address for Prometheus metrics [default: off]
    #[arg(long, env = "TASKWARD_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,

    /// Rate limits a minute: on, off, or numbers such as requests=1200,writes=600,failures=60
    #[arg(
        long,
        env = "TASKWARD_RATE_LIMITS",
        value_name = "LIMITS",
        default_value = "on"
    )]
    pub rate_limits: RateLimits,

    /// Send Strict-Transport-Security with includeSubDomains; only if every subdomain is served over https
    #[arg(long, env = "TASKWARD_HSTS_INCLUDE_SUBDOMAINS")]
    pub hsts_include_subdomains: bool,

    /// How much to log: error, warn, info, debug or trace
    #[arg(
        long,
        env = "TASKWARD_LOG",
        value_name = "LEVEL",
        default_value = "info"
    )]
    pub log: LevelFilter,
}

/// The settings of `taskward migrate`.
#[derive(Clone, Args)]
pub struct MigrateOptions {
    /// With a login that may create roles and schemas.
    #[command(flatten)]
    pub url: DatabaseUrl,

    /// The login that the server uses; it is granted the roles of requests and of maintenance
    #[arg(long, value_name = "LOGIN")]
    pub grant_to: Option<String>,

    /// Begin a new history: for a database whose rows were restored from a dump
    #[arg(long)]
    pub restored: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tokens {
    /// HS256 with the secret that Better Auth has too
    SharedSecret,
    /// Signed with Better Auth's own keys, which it publishes
    Jwks,
}

impl ServeOptions {
    /// Adds the values of `BETTER_AUTH_SECRET` and `BETTER_AUTH_SECRET_PREVIOUS`, which have no flag.
    #[must_use]
    pub fn with_secrets(
        mut self,
        secret: Option<SecretString>,
        previous: Option<SecretString>,
    ) -> Self {
        self.secret = secret;
        self.secret_previous = previous;
        self
    }
}

/// Variables with our prefix that belong to tests and automation, not to the server.
const OF_TOOLS: [&str; 3] = [
    "TASKWARD_BIN",
    "TASKWARD_CHROMIUM",
    "TASKWARD_TEST_POSTGRES_URL",
];

/// A parser of the options, which knows their names.
#[derive(Parser)]
struct Names {
    #[command(flatten)]
    _options: ServeOptions,
}

/// Refuses a variable with our prefix that is no setting (SEC-93).
pub(super) fn refuse_unknown<'a>(
    names: impl Iterator<Item = &'a OsStr>,
) -> Result<(), ConfigError> {
    let command = Names::command();
    let known: Vec<&OsStr> = command
        .get_arguments()
        .filter_map(clap::Arg::get_env)
        .collect();
    for name in names {
        let text = name.to_string_lossy();
        if text.starts_with("TASKWARD_")
            && !known.contains(&name)
            && !OF_TOOLS.contains(&text.as_ref())
        {
            return Err(ConfigError::Unknown {
                name: text.into_owned(),
            });
        }
    }
    Ok(())
}
