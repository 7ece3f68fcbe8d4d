//! An issuer for tests.
//!
//! Lives here: tokens as Better Auth makes them, and every way to spoil one on purpose. Invariant: it signs; whether
//! what it signed is accepted is for a [`Verifier`](crate::Verifier) to say.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;

use super::signing_key::{SigningKey, random_id};
use crate::Algorithm;
use crate::clock::{Clock, SystemClock, unix_seconds};

/// How long tokens live unless a test says otherwise: Better Auth's own default.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Signs tokens like Better Auth's jwt plugin, under a key or a shared secret of its own.
///
/// ```
/// use better_auth_verifier::{Algorithm, KeySet, Verifier, testing::TestIssuer};
///
/// let issuer = TestIssuer::with_key("https://auth.test", "api", Algorithm::EdDsa);
/// let verifier = Verifier::builder()
///     .issuer("https://auth.test")
///     .audience("api")
///     .key_source(KeySet::from_jwks(issuer.jwks())?)
///     .build()?;
///
/// let alice = verifier.verify_now(&issuer.token("alice"))?;
/// assert_eq!(alice.subject(), "alice");
///
/// let expired = issuer.draft("alice").lifetime(-120).sign();
/// assert_eq!(verifier.verify_now(&expired).unwrap_err().code(), "expired");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TestIssuer {
    issuer: String,
    audience: String,
    keys: Vec<(Option<String>, SigningKey)>,
    clock: Arc<dyn Clock>,
}

impl TestIssuer {
    /// Mode shared secret: HS256, header `typ` `JWT`, no `kid`.
    #[must_use]
    pub fn with_secret(issuer: &str, audience: &str, secret: &str) -> Self {
        Self::new(issuer, audience, None, SigningKey::secret(secret))
    }

    /// Mode JWKS, with a fresh key and a random `kid`.
    #[must_use]
    pub fn with_key(issuer: &str, audience: &str, algorithm: Algorithm) -> Self {
        let (kid, key) = fresh(algorithm);
        Self::new(issuer, audience, Some(kid), key)
    }

    fn new(issuer: &str, audience: &str, kid: Option<String>, key: SigningKey) -> Self {
        let (issuer, audience) = (issuer.to_owned(), audience.to_owned());
        Self {
            issuer,
            audience,
            keys: vec![(kid, key)],
            clock: Arc::new(SystemClock),
        }
    }

    /// Another clock than the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Signs with a fresh key from now on; the old ones stay published.
    pub fn rotate(&mut self, algorithm: Algorithm) {
        let (kid, key) = fresh(algorithm);
        self.keys.push((Some(kid), key));
    }

    /// Replaces the signing key by a fresh one under the same `kid`, as a database that started over does.
    pub fn replace_key(&mut self, algorithm: Algorithm) {
        let kid = self.key_id().map(str::to_owned);
        self.keys.pop();
        self.keys.push((kid, fresh(algorithm).1));
    }

    /// Stops publishing every key but the one that signs.
    pub fn retire_old_keys(&mut self) {
        let old = self.keys.len().saturating_sub(1);
        self.keys.drain(..old);
    }

    /// The `kid` of the key that signs; none with a shared secret.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.keys.last().and_then(|(kid, _)| kid.as_deref())
    }

    /// The key set document as `GET /api/auth/jwks` answers it; without keys for a shared secret.
    #[must_use]
    pub fn jwks(&self) -> String {
        let keys: Vec<String> = self
            .keys
            .iter()
            .filter_map(|(kid, key)| key.jwk(kid.as_deref().unwrap_or_default()))
            .collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    /// A token for this user that is good for 15 minutes.
    #[must_use]
    pub fn token(&self, subject: &str) -> String {
        self.draft(subject).sign()
    }

    /// The same token, to be changed before it is signed.
    pub fn draft(&self, subject: &str) -> TokenDraft<'_> {
        let mut draft = TokenDraft {
            issuer: self,
            header: Vec::new(),
            claims: Vec::new(),
            now: self.now(),
        };
        draft = draft.header("alg", &quoted(self.signing_key().1.algorithm()));
        draft = match self.key_id() {
            Some(kid) => draft.header("kid", &quoted(kid)),
            None => draft.header("typ", "\"JWT\""),
        };
        let issued_at = draft.now.to_string();
        draft
            .claim("iat", &issued_at)
            .claim("sub", &quoted(subject))
            .claim("exp", &issued_at)
            .lifetime(i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX))
            .claim("iss", &quoted(&self.issuer))
            .claim("aud", &quoted(&self.audience))
    }

    /// Signs any header and payload, JSON or not, with the signing key.
    #[must_use]
    pub fn sign(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        let header = BASE64URL_NOPAD.encode(header.as_ref());
        self.sign_input(&format!(
            "{header}.{}",
            BASE64URL_NOPAD.encode(payload.as_ref())
        ))
    }

    /// Signs the text itself and appends the signature: for inputs that are not canonical base64url.
    #[expect(
        clippy::expect_used,
        reason = "an issuer that cannot sign has to fail its test"
    )]
    #[must_use]
    pub fn sign_input(&self, input: &str) -> String {
        let signature = self
            .signing_key()
            .1
            .sign(input.as_bytes())
            .expect("the key signs");
        format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    #[expect(
        clippy::expect_used,
        reason = "every constructor puts one in and nothing takes the last one out"
    )]
    fn signing_key(&self) -> &(Option<String>, SigningKey) {
        self.keys.last().expect("there is a key")
    }

    fn now(&self) -> u64 {
        crate::claims::whole(unix_seconds(self.clock.now()))
    }
}

#[expect(
    clippy::expect_used,
    reason = "an issuer without keys has to fail its test"
)]
fn fresh(algorithm: Algorithm) -> (String, SigningKey) {
    let kid = random_id().expect("the system has random bytes");
    (
        kid,
        SigningKey::generate(algorithm).expect("the library makes keys"),
    )
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A token before it is signed. Values are JSON texts, so that a test can write what it likes.
#[must_use]
pub struct TokenDraft<'i> {
    issuer: &'i TestIssuer,
    header: Vec<(String, String)>,
    claims: Vec<(String, String)>,
    now: u64,
}

impl TokenDraft<'_> {
    /// Sets a claim to a JSON value: `.claim("aud", r#"["a","b"]"#)`.
    pub fn claim(mut self, name: &str, json: &str) -> Self {
        set(&mut self.claims, name, json);
        self
    }

    /// Sets a claim to a text.
    pub fn claim_str(self, name: &str, text: &str) -> Self {
        let json = quoted(text);
        self.claim(name, &json)
    }

    /// Leaves a claim out.
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims.retain(|(member, _)| member != name);
        self
    }

    /// Sets a header member to a JSON value.
    pub fn header(mut self, name: &str, json: &str) -> Self {
        set(&mut self.header, name, json);
        self
    }

    /// Leaves a header member out.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.retain(|(member, _)| member != name);
        self
    }

    /// Seconds from now to `exp`; negative for a token that has expired.
    pub fn lifetime(self, seconds: i64) -> Self {
        let exp = self.now.saturating_add_signed(seconds).to_string();
        self.claim("exp", &exp)
    }

    /// The header as it will be signed.
    #[must_use]
    pub fn header_json(&self) -> String {
        object(&self.header)
    }

    /// The payload as it will be signed.
    #[must_use]
    pub fn claims_json(&self) -> String {
        object(&self.claims)
    }

    /// The token.
    #[must_use]
    pub fn sign(self) -> String {
        self.issuer.sign(self.header_json(), self.claims_json())
    }
}

fn set(members: &mut Vec<(String, String)>, name: &str, json: &str) {
    match members.iter_mut().find(|(member, _)| member == name) {
        Some((_, value)) => json.clone_into(value),
        None => members.push((name.to_owned(), json.to_owned())),
    }
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, json)| format!("{}:{json}", quoted(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}
