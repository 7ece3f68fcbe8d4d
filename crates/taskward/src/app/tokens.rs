//! The verifier that the settings describe.

use std::sync::Arc;

use better_auth_verifier::{FileKeySet, RemoteKeySet, SharedSecret, Verifier, VerifyError};
use secrecy::ExposeSecret;
use taskward_access::{Authenticator, Explain, KeyMonitor};

use super::StartError;
use super::keys::Keys;
use crate::config::{Expected, KeyOrigin, OptionalClaim, Secret, TokenConfig, TokenMode};

/// The realm that 401 answers name (RFC 6750, section 3).
const REALM: &str = "taskward";

pub(super) fn authenticator(config: &TokenConfig) -> Result<Authenticator, StartError> {
    let (verifier, keys) = verifier(config)?;
    let explain = if config.explain {
        Explain::ToClient
    } else {
        Explain::ToLog
    };
    let keys = keys.map(|keys| Arc::new(keys) as Arc<dyn KeyMonitor>);
    Ok(Authenticator::new(verifier, keys, explain))
}

/// The verifier, and the keys that it loads if there are any. Requires a tokio runtime.
pub(super) fn verifier(config: &TokenConfig) -> Result<(Verifier, Option<Keys>), StartError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the composition root decides which issuer is trusted"
    )]
    let policy = Verifier::builder()
        .issuer(&config.issuer.value)
        .audience(&config.audience.value)
        .largest_lifetime(config.lifetime_max)
        .realm(REALM);
    let (built, keys) = match &config.mode {
        TokenMode::SharedSecret {
            current,
            previous,
            optional,
        } => {
            let mut policy = policy.shared_secret(secret(current)?);
            if let Some(previous) = previous {
                policy = policy.previous_secret(secret(previous)?);
            }
            if optional.contains(&OptionalClaim::Iss) {
                policy = policy.allow_missing_issuer();
            }
            if optional.contains(&OptionalClaim::Aud) {
                policy = policy.allow_missing_audience();
            }
            (policy.build(), None)
        }
        TokenMode::Jwks(origin) => {
            let keys = load(origin)?;
            (policy.key_source(keys.clone()).build(), Some(keys))
        }
    };
    Ok((built.map_err(StartError::Policy)?, keys))
}

/// What the server would say to one token.
pub struct TokenCheck {
    /// Which tokens are accepted, and which settings decided it.
    pub settings: Vec<String>,
    /// `None`: the token is accepted.
    pub refusal: Option<VerifyError>,
    /// Why the keys could not be loaded.
    pub key_problem: Option<String>,
}

impl TokenCheck {
    /// Checks `token` with the verifier of the server, after one attempt to load the keys. Requires a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] if the settings make no verifier.
    pub async fn run(config: &TokenConfig, token: &str) -> Result<Self, StartError> {
        let (verifier, keys) = verifier(config)?;
        if let Some(keys) = &keys {
            keys.attempted().await;
        }
        let refusal = verifier.verify(token).await.err();
        let failure = keys.and_then(|keys| keys.status().last_failure);
        Ok(Self {
            settings: explain(config),
            refusal,
            key_problem: failure.map(|failure| failure.to_string()),
        })
    }
}

fn load(origin: &KeyOrigin) -> Result<Keys, StartError> {
    let wrong = |setting| move |source| StartError::Keys { setting, source };
    match origin {
        KeyOrigin::File(path) => FileKeySet::start(path)
            .map(Keys::File)
            .map_err(wrong("BETTER_AUTH_JWKS_FILE")),
        KeyOrigin::Url {
            setting,
            url,
            is_http_allowed,
        } => {
            let mut builder = RemoteKeySet::builder(url);
            if *is_http_allowed {
                builder = builder.allow_insecure_http();
            }
            builder.start().map(Keys::Fetched).map_err(wrong(setting))
        }
    }
}

fn secret(secret: &Secret) -> Result<SharedSecret, StartError> {
    SharedSecret::new(secret.text.expose_secret()).map_err(|source| StartError::Secret {
        setting: secret.setting,
        source,
    })
}

/// Logs which tokens are accepted, and which settings decided it.
pub(super) fn describe(config: &TokenConfig) {
    tracing::info!("tokens: {}", explain(config).join("; "));
}

/// Which tokens are accepted, and which settings decided it.
pub(crate) fn explain(config: &TokenConfig) -> Vec<String> {
    let (mode, keys) = match &config.mode {
        TokenMode::SharedSecret { current, .. } => (
            "shared-secret (HS256)",
            format!("the secret is that of {}", current.setting),
        ),
        TokenMode::Jwks(KeyOrigin::File(path)) => (
            "jwks",
            format!("the keys are in {} (BETTER_AUTH_JWKS_FILE)", path.display()),
        ),
        TokenMode::Jwks(KeyOrigin::Url { setting, url, .. }) => (
            "jwks",
            format!("the keys are fetched from {url} ({setting})"),
        ),
    };
    let claim = |name, expected: &Expected| {
        format!("{name} \"{}\", from {}", expected.value, expected.source)
    };
    let mut lines = vec![
        format!("mode {mode}, {}", config.mode_reason),
        keys,
        claim("issuer", &config.issuer),
        claim("audience", &config.audience),
    ];
    if let TokenMode::SharedSecret { optional, .. } = &config.mode {
        lines.extend(optional.iter().map(|claim| {
            let name = claim.name();
            format!("tokens without {name} are accepted (TASKWARD_OPTIONAL_CLAIMS)")
        }));
    }
    lines.push(format!(
        "longest lifetime {} s (TASKWARD_TOKEN_LIFETIME_MAX)",
        config.lifetime_max.as_secs()
    ));
    let answer = if config.explain {
        "names"
    } else {
        "does not name"
    };
    lines.push(format!(
        "a 401 {answer} the check that failed (TASKWARD_EXPLAIN_TOKENS)"
    ));
    lines
}
