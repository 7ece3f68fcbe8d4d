//! Why the server does not start: each a line that names the setting and says what to do.

/// A setting that cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The value of one setting is wrong.
    #[error("{setting}: {problem}")]
    Invalid {
        /// The variable's name.
        setting: &'static str,
        /// What is wrong and what to do. Never the value of a secret.
        problem: String,
    },
    /// A name that looks like ours and is not: mostly a typing error that would otherwise go unnoticed.
    #[error("{name} is not a setting of taskward; `taskward serve --help` lists them")]
    Unknown {
        /// The name.
        name: String,
    },
    /// Nothing says which tokens to accept.
    #[error(
        "no way to check tokens is configured: set BETTER_AUTH_SECRET to the secret that Better Auth signs with \
         (shared secret), or BETTER_AUTH_URL or BETTER_AUTH_JWKS_URL to where its public keys are (JWKS)"
    )]
    NoTokenMode,
}

impl ConfigError {
    pub(super) fn invalid(setting: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            setting,
            problem: problem.into(),
        }
    }
}
