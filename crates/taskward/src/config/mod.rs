//! Settings: read once, in `main`, from the environment and the command line, and checked before anything starts.
//!
//! [`ServeOptions`] has one variable and one flag for each setting; [`Config`] is the checked form. Secrets are redacted in
//! every form and never come from the command line, which other users of the machine can read.

mod auth;
mod database;
mod error;
mod http;
mod http_hosts;
mod options;
mod store;
mod switch;
mod token_options;
mod tokens;

pub use auth::{AuthServerConfig, Secret};
pub use database::{Accounts, DatabaseOptions, DatabaseUrl};
pub use error::ConfigError;
pub use http::{HttpConfig, Origin};
pub use options::{MigrateOptions, ServeOptions, Tokens};
pub(crate) use store::way_out;
pub use store::{Database, NamedDatabase, NamedFile, StoreConfig};
pub use switch::Switch;
pub use token_options::{OptionalClaim, TokenOptions};
pub use tokens::{Expected, KeyOrigin, TokenConfig, TokenMode};

/// Settings that were checked together.
#[derive(Debug)]
pub struct Config {
    pub http: HttpConfig,
    pub tokens: TokenConfig,
    /// The auth server behind `/api/auth`, if there is one.
    pub auth_server: Option<AuthServerConfig>,
    pub store: StoreConfig,
}

impl Config {
    /// `environment` is what a supervised auth server may inherit from.
    ///
    /// # Errors
    /// [`ConfigError`].
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
