//! The builder of verifiers, as a type-state: `issuer`, then `audience`, then `shared_secret` or `key_source`.
//!
//! Invariants: a verifier has exactly one mode; with public keys, issuer and audience are always checked.

use std::sync::Arc;
use std::time::Duration;

use crate::access::AccessTokenVerifier;
use crate::algorithm::Algorithm;
use crate::claims::{Expected, TokenKind};
use crate::clock::{Clock, SystemClock};
use crate::engine::{Engine, Mode, PublicKeys};
use crate::error::ConfigError;
use crate::limits::{DEFAULT_TOKEN_CACHE_BYTES, MAX_LEEWAY};
use crate::secret::{Secrets, SharedSecret};
use crate::source::KeySource;
use crate::token_cache::TokenCache;
use crate::verifier::Verifier;

/// Builder state: not configured yet.
#[derive(Debug)]
pub struct Undecided(());

/// Builder state: the claim must have this value.
#[derive(Debug)]
pub struct Exactly(String);

/// Builder state: the claim may have any value. Possible with a shared secret only.
#[derive(Debug)]
pub struct Waived(());

/// Builder state: tokens are verified with a shared secret.
#[derive(Debug)]
pub struct WithSecret(Secrets);

/// Builder state: tokens are verified with public keys.
pub struct WithKeys {
    source: Arc<dyn KeySource>,
    algorithms: Vec<Algorithm>,
    cache_bytes: u64,
}

/// A configured claim: [`Exactly`] or [`Waived`]. Sealed.
pub trait Decision: sealed::Sealed {
    #[doc(hidden)]
    fn expected(self) -> Option<String>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Exactly {}
    impl Sealed for super::Waived {}
}

impl Decision for Exactly {
    fn expected(self) -> Option<String> {
        Some(self.0)
    }
}

impl Decision for Waived {
    fn expected(self) -> Option<String> {
        None
    }
}

struct Options {
    leeway: Duration,
    clock: Arc<dyn Clock>,
    realm: String,
    scope: Option<String>,
    largest_lifetime: Option<Duration>,
    may_lack_issuer: bool,
    may_lack_audience: bool,
}

/// A builder for [`Verifier`] and [`AccessTokenVerifier`]. Returned by [`Verifier::builder`].
#[must_use]
pub struct VerifierBuilder<Issuer = Undecided, Audience = Undecided, Keys = Undecided> {
    issuer: Issuer,
    audience: Audience,
    keys: Keys,
    options: Options,
}

// Here and not in `verifier`, so that modules depend on each other in one direction.
impl Verifier {
    /// Starts a builder. Issuer, audience, and a secret or a key source are required.
    ///
    /// ```
    /// use better_auth_verifier::{SharedSecret, Verifier};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = Verifier::builder()
    ///     .issuer("https://todo.example")
    ///     .audience("https://todo.example")
    ///     .shared_secret(SharedSecret::new("k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn")?)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder {
            issuer: Undecided(()),
            audience: Undecided(()),
            keys: Undecided(()),
            options: Options {
                leeway: MAX_LEEWAY,
                clock: Arc::new(SystemClock),
                realm: "api".to_owned(),
                scope: None,
                largest_lifetime: None,
                may_lack_issuer: false,
                may_lack_audience: false,
            },
        }
    }
}

impl VerifierBuilder {
    /// Sets the expected `iss`: Better Auth's `jwt.issuer`, whose default is the origin of its `baseURL`.
    ///
    /// Compared byte for byte, without URL normalization: `https://a.example` is not `https://a.example/`.
    pub fn issuer(self, issuer: impl Into<String>) -> VerifierBuilder<Exactly> {
        let Self {
            audience,
            keys,
            options,
            ..
        } = self;
        VerifierBuilder {
            issuer: Exactly(issuer.into()),
            audience,
            keys,
            options,
        }
    }

    /// Accepts any `iss`. Requires a shared secret. [`VerifierBuilder::build`] logs a warning.
    pub fn dangerously_accept_any_issuer(self) -> VerifierBuilder<Waived> {
        let Self {
            audience,
            keys,
            options,
            ..
        } = self;
        VerifierBuilder {
            issuer: Waived(()),
            audience,
            keys,
            options,
        }
    }
}

impl<Issuer: Decision> VerifierBuilder<Issuer> {
    /// Sets the expected `aud`, or one of its entries if it is an array: Better Auth's `jwt.audience`.
    ///
    /// Compared byte for byte.
    pub fn audience(self, audience: impl Into<String>) -> VerifierBuilder<Issuer, Exactly> {
        let Self {
            issuer,
            keys,
            options,
            ..
        } = self;
        VerifierBuilder {
            issuer,
            audience: Exactly(audience.into()),
            keys,
            options,
        }
    }

    /// Accepts any `aud`. Requires a shared secret. [`VerifierBuilder::build`] logs a warning.
    pub fn dangerously_accept_any_audience(self) -> VerifierBuilder<Issuer, Waived> {
        let Self {
            issuer,
            keys,
            options,
            ..
        } = self;
        VerifierBuilder {
            issuer,
            audience: Waived(()),
            keys,
            options,
        }
    }
}

impl<Issuer: Decision, Audience: Decision> VerifierBuilder<Issuer, Audience> {
    /// Verifies with HS256 and this secret. All other algorithms are refused.
    pub fn shared_secret(
        self,
        secret: SharedSecret,
    ) -> VerifierBuilder<Issuer, Audience, WithSecret> {
        let Self {
            issuer,
            audience,
            options,
            ..
        } = self;
        let keys = WithSecret(Secrets {
            current: secret,
            previous: None,
        });
        VerifierBuilder {
            issuer,
            audience,
            keys,
            options,
        }
    }
}

impl VerifierBuilder<Exactly, Exactly> {
    /// Verifies with public keys from a [`KeySet`](crate::KeySet), a `RemoteKeySet` (feature `fetch`) or another
    /// [`KeySource`].
    pub fn key_source(self, source: impl KeySource) -> VerifierBuilder<Exactly, Exactly, WithKeys> {
        let Self {
            issuer,
            audience,
            options,
            ..
        } = self;
        let keys = WithKeys {
            source: Arc::new(source),
            algorithms: Algorithm::ALL.to_vec(),
            cache_bytes: DEFAULT_TOKEN_CACHE_BYTES,
        };
        VerifierBuilder {
            issuer,
            audience,
            keys,
            options,
        }
    }
}

impl<Issuer, Audience, Keys> VerifierBuilder<Issuer, Audience, Keys> {
    /// Sets the clock skew that is tolerated for `exp`, `nbf` and `iat`. Default and maximum: 30 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.options.leeway = leeway;
        self
    }

    /// Sets the clock. Default: [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.options.clock = Arc::new(clock);
        self
    }

    /// Sets the realm of `WWW-Authenticate` challenges: printable ASCII without quote and backslash. Default: `api`.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.options.realm = realm.into();
        self
    }

    /// Requires this scope in the space-separated `scope` claim (RFC 6749, section 3.3). Default: none.
    pub fn required_scope(mut self, scope: impl Into<String>) -> Self {
        self.options.scope = Some(scope.into());
        self
    }

    /// Refuses tokens whose `exp` is further in the future than `cap` plus the leeway. Default: no maximum.
    ///
    /// A JWT is valid until its `exp`, also after sign-out. So an accepted token works for at most `cap` from then on, whatever
    /// its issuer says. Counted from now and not from `iat`, which is optional. The error is
    /// [`VerifyError::LivesTooLong`](crate::VerifyError::LivesTooLong).
    pub fn largest_lifetime(mut self, cap: Duration) -> Self {
        self.options.largest_lifetime = Some(cap);
        self
    }
}

impl<Audience: Decision> VerifierBuilder<Exactly, Audience, WithSecret> {
    /// Accepts tokens without `iss` (RFC 7519, section 4.1.1). Default: [`VerifyError::MissingClaim`].
    ///
    /// A token that has `iss` must still have the expected one; any other value, such as `null`, is refused. For issuers
    /// that sign with HS256 themselves and set no `iss`. [`VerifiedToken::issuer`] is then empty.
    ///
    /// Every other token under the same secret that has `sub` and `exp` is then accepted too, unless something else tells
    /// it apart. [`VerifierBuilder::build`] logs a warning. Not available with public keys.
    ///
    /// [`VerifiedToken::issuer`]: crate::VerifiedToken::issuer
    /// [`VerifyError::MissingClaim`]: crate::VerifyError::MissingClaim
    pub fn allow_missing_issuer(mut self) -> Self {
        self.options.may_lack_issuer = true;
        self
    }
}

impl<Issuer: Decision> VerifierBuilder<Issuer, Exactly, WithSecret> {
    /// Accepts tokens without `aud` (RFC 7519, section 4.1.3). Default: [`VerifyError::MissingClaim`].
    ///
    /// A token that has `aud` must still contain the expected one; any other value, such as `[]`, is refused.
    ///
    /// Tokens without `aud` that are meant for other services under the same secret are then accepted.
    /// [`VerifierBuilder::build`] logs a warning. Not available with public keys.
    ///
    /// [`VerifyError::MissingClaim`]: crate::VerifyError::MissingClaim
    pub fn allow_missing_audience(mut self) -> Self {
        self.options.may_lack_audience = true;
        self
    }
}

impl<Issuer: Decision, Audience: Decision> VerifierBuilder<Issuer, Audience, WithSecret> {
    /// Also accepts tokens that are signed with this secret, during a rotation.
    ///
    /// Remove it after one token lifetime.
    pub fn previous_secret(mut self, secret: SharedSecret) -> Self {
        self.keys.0.previous = Some(secret);
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    /// An option is out of range.
    pub fn build(self) -> Result<Verifier, ConfigError> {
        let Self {
            issuer,
            audience,
            keys,
            options,
        } = self;
        let (issuer, audience) = (issuer.expected(), audience.expected());
        if issuer.is_none() {
            tracing::warn!(
                "the issuer is not checked: every token signed with the shared secret is accepted"
            );
        }
        if audience.is_none() {
            tracing::warn!("the audience is not checked: tokens for other services are accepted");
        }
        if options.may_lack_issuer {
            tracing::warn!(
                "tokens without `iss` are accepted: other tokens under the same secret may be accepted too"
            );
        }
        if options.may_lack_audience {
            tracing::warn!(
                "tokens without `aud` are accepted: tokens for other services may be accepted too"
            );
        }
        let expected = expected(TokenKind::Session, issuer, audience, &options)?;
        Ok(Verifier::new(
            Engine::new(expected, Mode::Secret(keys.0), options.clock),
            options.realm,
        ))
    }
}

impl VerifierBuilder<Exactly, Exactly, WithKeys> {
    /// Sets the accepted algorithms. Default: [`Algorithm::ALL`].
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.keys.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Sets the maximum size of the cache of verified tokens in bytes. 0 disables it. Default: 8 MiB.
    ///
    /// Times and keys are checked at every hit, so the cache does not change results.
    pub fn token_cache_bytes(mut self, bytes: u64) -> Self {
        self.keys.cache_bytes = bytes;
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    /// An option is out of range.
    pub fn build(self) -> Result<Verifier, ConfigError> {
        let (engine, realm) = self.engine(TokenKind::Session)?;
        Ok(Verifier::new(engine, realm))
    }

    /// Builds a verifier of OAuth 2 access tokens (`at+jwt`, RFC 9068).
    ///
    /// Better Auth's OAuth provider signs them with the same keys. Their audience is the `resource` of the request.
    ///
    /// # Errors
    /// An option is out of range.
    pub fn build_for_access_tokens(self) -> Result<AccessTokenVerifier, ConfigError> {
        let (engine, realm) = self.engine(TokenKind::Access)?;
        Ok(AccessTokenVerifier::new(engine, realm))
    }

    fn engine(self, kind: TokenKind) -> Result<(Engine, String), ConfigError> {
        let Self {
            issuer,
            audience,
            keys,
            options,
        } = self;
        if keys.algorithms.is_empty() {
            return Err(ConfigError::NoAlgorithms);
        }
        let expected = expected(kind, issuer.expected(), audience.expected(), &options)?;
        let mode = Mode::Keys(PublicKeys {
            source: keys.source,
            algorithms: keys.algorithms,
            verified: TokenCache::new(keys.cache_bytes),
        });
        Ok((Engine::new(expected, mode, options.clock), options.realm))
    }
}

fn expected(
    kind: TokenKind,
    issuer: Option<String>,
    audience: Option<String>,
    options: &Options,
) -> Result<Expected, ConfigError> {
    if issuer.as_deref() == Some("") {
        return Err(ConfigError::EmptyIssuer);
    }
    if audience.as_deref() == Some("") {
        return Err(ConfigError::EmptyAudience);
    }
    if options.leeway > MAX_LEEWAY {
        return Err(ConfigError::LeewayTooLarge {
            asked: options.leeway,
        });
    }
    if options.largest_lifetime == Some(Duration::ZERO) {
        return Err(ConfigError::ZeroLifetime);
    }
    // RFC 6749, section 3.3: a scope token. Plus the space, it is what a quoted-string holds without escapes.
    let is_scope_byte = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if options
        .scope
        .as_ref()
        .is_some_and(|scope| scope.is_empty() || !scope.bytes().all(is_scope_byte))
    {
        return Err(ConfigError::InvalidScope);
    }
    if options.realm.is_empty()
        || !options
            .realm
            .bytes()
            .all(|byte| byte == b' ' || is_scope_byte(byte))
    {
        return Err(ConfigError::InvalidRealm);
    }
    let (leeway, largest_lifetime) = (options.leeway, options.largest_lifetime);
    Ok(Expected {
        kind,
        issuer,
        may_lack_issuer: options.may_lack_issuer,
        audience,
        may_lack_audience: options.may_lack_audience,
        scope: options.scope.clone(),
        leeway,
        largest_lifetime,
    })
}
