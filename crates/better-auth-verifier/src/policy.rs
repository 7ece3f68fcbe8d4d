//! The decisions a verifier needs, as a builder that cannot be finished without them.
//!
//! Lives here: issuer, audience, mode and their options, and the refusal of impossible ones. Does not live here:
//! acting on them (`verifier`). Invariant: exactly one mode; in JWKS mode issuer and audience are always exact.
//!
//! The builder is a type-state: `issuer`, then `audience`, then one of `shared_secret` and `key_source`. What is left
//! out does not compile.

use std::sync::Arc;
use std::time::Duration;

use crate::access::AccessTokenVerifier;
use crate::algorithm::Algorithm;
use crate::claims::{Expected, Kind};
use crate::clock::{Clock, SystemClock};
use crate::engine::{Engine, Mode, PublicKeys};
use crate::error::ConfigError;
use crate::limits::{LARGEST_LEEWAY, TOKEN_CACHE_BYTES};
use crate::proof_cache::ProofCache;
use crate::secret::{Secrets, SharedSecret};
use crate::source::KeySource;
use crate::verifier::Verifier;

/// Not decided yet.
#[derive(Debug)]
pub struct Undecided(());

/// Exactly this value.
#[derive(Debug)]
pub struct Exactly(String);

/// Any value, by explicit waiver; possible with a shared secret only.
#[derive(Debug)]
pub struct Waived(());

/// The mode shared secret.
#[derive(Debug)]
pub struct WithSecret(Secrets);

/// The mode public keys.
pub struct WithKeys {
    source: Arc<dyn KeySource>,
    algorithms: Vec<Algorithm>,
    cache_bytes: u64,
}

/// An expectation that was decided, one way or the other. Sealed: [`Exactly`] and [`Waived`] are all there is.
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

/// What stays the same whatever is decided.
struct Options {
    leeway: Duration,
    clock: Arc<dyn Clock>,
    realm: String,
    scope: Option<String>,
    largest_lifetime: Option<Duration>,
}

/// Collects the decisions; start with [`Verifier::builder`].
#[must_use]
pub struct VerifierBuilder<Issuer = Undecided, Audience = Undecided, Keys = Undecided> {
    issuer: Issuer,
    audience: Audience,
    keys: Keys,
    options: Options,
}

impl VerifierBuilder {
    pub(crate) fn new() -> Self {
        let options = Options {
            leeway: LARGEST_LEEWAY,
            clock: Arc::new(SystemClock),
            realm: "api".to_owned(),
            scope: None,
            largest_lifetime: None,
        };
        Self {
            issuer: Undecided(()),
            audience: Undecided(()),
            keys: Undecided(()),
            options,
        }
    }

    /// The exact `iss` of the tokens: Better Auth's `jwt.issuer`, by default the origin of its `baseURL`.
    ///
    /// Compared character by character: `https://a.example` is not `https://a.example/`.
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

    /// Takes tokens of any issuer that holds the shared secret. Warns in the log each time a verifier is built.
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
    /// The exact `aud` of the tokens, or one of its entries: Better Auth's `jwt.audience`.
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

    /// Takes tokens that were issued for anybody. Warns in the log each time a verifier is built.
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
    /// Mode shared secret: HS256 with `BETTER_AUTH_SECRET` and nothing else.
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
    /// Mode JWKS: public keys from a [`KeySet`](crate::KeySet), a `RemoteKeySet` or a source of your own.
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
            cache_bytes: TOKEN_CACHE_BYTES,
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
    /// How far clocks may be apart, for `exp`, `nbf` and `iat` alike: 0 to 30 seconds, 30 unless told otherwise.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.options.leeway = leeway;
        self
    }

    /// Another clock than the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.options.clock = Arc::new(clock);
        self
    }

    /// The realm that challenges name, `api` unless told otherwise.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.options.realm = realm.into();
        self
    }

    /// Refuses tokens without this scope in their `scope` claim.
    pub fn required_scope(mut self, scope: impl Into<String>) -> Self {
        self.options.scope = Some(scope.into());
        self
    }

    /// Refuses tokens that live longer than this from now on: a JWT works until its `exp`, also after sign-out.
    pub fn largest_lifetime(mut self, cap: Duration) -> Self {
        self.options.largest_lifetime = Some(cap);
        self
    }
}

impl<Issuer: Decision, Audience: Decision> VerifierBuilder<Issuer, Audience, WithSecret> {
    /// The secret before the one in force, accepted too while it is being replaced: one token lifetime is enough.
    pub fn previous_secret(mut self, secret: SharedSecret) -> Self {
        self.keys.0.previous = Some(secret);
        self
    }

    /// Checks the decisions.
    ///
    /// # Errors
    /// An option is out of bounds.
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
                "tokens of any issuer are accepted that are signed with the shared secret"
            );
        }
        if audience.is_none() {
            tracing::warn!(
                "tokens for any audience are accepted that are signed with the shared secret"
            );
        }
        let expected = expected(Kind::Session, issuer, audience, &options)?;
        Ok(Verifier::new(
            Engine::new(expected, Mode::Secret(keys.0), options.clock),
            options.realm,
        ))
    }
}

impl VerifierBuilder<Exactly, Exactly, WithKeys> {
    /// Fewer algorithms than [`Algorithm::ALL`].
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.keys.algorithms = algorithms.into_iter().collect();
        self
    }

    /// How many bytes the cache of verified tokens may hold; 0 turns it off. 8 MiB unless told otherwise.
    ///
    /// A hit costs a hundredth of a signature check. It changes no verdict: times and keys are judged at every hit.
    pub fn token_cache_bytes(mut self, bytes: u64) -> Self {
        self.keys.cache_bytes = bytes;
        self
    }

    /// Checks the decisions.
    ///
    /// # Errors
    /// An option is out of bounds.
    pub fn build(self) -> Result<Verifier, ConfigError> {
        let (engine, realm) = self.engine(Kind::Session)?;
        Ok(Verifier::new(engine, realm))
    }

    /// The same for OAuth 2 access tokens (`at+jwt`), whose proof is a type of its own.
    ///
    /// Better Auth's OAuth provider issues them under the same keys, for the `resource` as audience.
    ///
    /// # Errors
    /// An option is out of bounds.
    pub fn build_for_access_tokens(self) -> Result<AccessTokenVerifier, ConfigError> {
        let (engine, realm) = self.engine(Kind::Access)?;
        Ok(AccessTokenVerifier::new(engine, realm))
    }

    fn engine(self, kind: Kind) -> Result<(Engine, String), ConfigError> {
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
            proofs: ProofCache::new(keys.cache_bytes),
        });
        Ok((Engine::new(expected, mode, options.clock), options.realm))
    }
}

fn expected(
    kind: Kind,
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
    if options.leeway > LARGEST_LEEWAY {
        return Err(ConfigError::LeewayTooLarge {
            asked: options.leeway,
        });
    }
    if options.largest_lifetime == Some(Duration::ZERO) {
        return Err(ConfigError::ZeroLifetime);
    }
    // RFC 6749, section 3.3, and what needs no escaping between quotes: the same set but for the space.
    let plain = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if options
        .scope
        .as_ref()
        .is_some_and(|scope| scope.is_empty() || !scope.bytes().all(plain))
    {
        return Err(ConfigError::InvalidScope);
    }
    if options.realm.is_empty()
        || !options
            .realm
            .bytes()
            .all(|byte| byte == b' ' || plain(byte))
    {
        return Err(ConfigError::InvalidRealm);
    }
    let (leeway, largest_lifetime) = (options.leeway, options.largest_lifetime);
    Ok(Expected {
        kind,
        issuer,
        audience,
        scope: options.scope.clone(),
        leeway,
        largest_lifetime,
    })
}
