//! Settings: read once, in `main`, from the environment and the command line, and checked before anything starts.
//!
//! [`ServeOptions`] is what people write, one variable and one flag each; [`Config`] is what the rest of the server
//! works with. Secrets are redacted in every form and never come from the command line, where other users of the
//! machine could read them.

mod auth;
mod database;
mod error;
mod http;
mod options;
mod store;

pub use auth::{AuthServerConfig, TokenConfig, TokenMode};
pub use database::DatabaseOptions;
pub use error::ConfigError;
pub use http::HttpConfig;
pub use options::{MigrateOptions, RateLimits, ServeOptions, Tokens};
pub use store::{Database, StoreConfig};

/// Settings that fit together.
#[derive(Debug)]
pub struct Config {
    /// The public server.
    pub http: HttpConfig,
    /// Which tokens are accepted.
    pub tokens: TokenConfig,
    /// The auth server behind `/api/auth`, if there is one.
    pub auth_server: Option<AuthServerConfig>,
    /// Where tasks are kept.
    pub store: StoreConfig,
}

impl Config {
    /// Checks what people wrote. `environment` is what a supervised auth server may inherit from.
    ///
    /// # Errors
    /// [`ConfigError`]: one line that says which setting is wrong and what to do.
    pub fn new(
        options: &ServeOptions,
        environment: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<Self, ConfigError> {
        let environment: Vec<_> = environment.collect();
        options::refuse_unknown(environment.iter().map(|(name, _)| name.as_os_str()))?;
        let secrets = auth::Secrets::read(options)?;
        let http = HttpConfig::new(options)?;
        let upstream = auth::upstream(options, &http)?;
        let tokens = TokenConfig::new(options, &http, upstream.as_ref(), &secrets)?;
        let auth_server = match upstream {
            Some(upstream) => Some(AuthServerConfig::new(
                options,
                &http,
                &tokens,
                &secrets,
                upstream,
                &environment,
            )?),
            None => None,
        };
        Ok(Self {
            http,
            tokens,
            auth_server,
            store: StoreConfig::new(options)?,
        })
    }
}
