//! Why a setting is refused. One line each, which names the setting and says what to do.

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{setting}: {problem}")]
    Invalid {
        /// The name of the variable.
        setting: &'static str,
        /// What is wrong and what to do. Never contains the value of a secret.
        problem: String,
    },
    /// A variable with our prefix that is no setting, mostly a typing error.
    #[error("{name} is not a setting of taskward; `taskward serve --help` lists them")]
    Unknown { name: String },
    #[error(
        "no way to check tokens is configured: set BETTER_AUTH_SECRET to the secret that Better Auth signs with \
         (shared secret), or BETTER_AUTH_URL, BETTER_AUTH_JWKS_URL or BETTER_AUTH_JWKS_FILE to where its public keys are (JWKS)"
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
