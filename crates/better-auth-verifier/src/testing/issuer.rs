//! An issuer of valid and invalid tokens for tests.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;

use super::signing_key::{SigningKey, random_id};
use crate::algorithm::Algorithm;
use crate::claims::whole_seconds;
use crate::clock::{Clock, SystemClock, unix_seconds};

/// Better Auth's default.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Signs tokens in the format of Better Auth's jwt plugin, with a generated key or a shared secret.
///
/// Methods that sign or generate keys panic if the crypto library fails.
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
    /// Returns an issuer that signs with HS256. Its tokens have the `typ` `JWT` and no `kid`.
    #[must_use]
    pub fn with_secret(issuer: &str, audience: &str, secret: &str) -> Self {
        Self::new(issuer, audience, None, SigningKey::secret(secret))
    }

    /// Returns an issuer that signs with a new key under a random `kid`. Its tokens have no `typ`.
    #[must_use]
    pub fn with_key(issuer: &str, audience: &str, algorithm: Algorithm) -> Self {
        let (kid, key) = generate_key(algorithm);
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

    /// Sets the clock. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Generates a new signing key. The old keys stay in the key set.
    pub fn rotate(&mut self, algorithm: Algorithm) {
        let (kid, key) = generate_key(algorithm);
        self.keys.push((Some(kid), key));
    }

    /// Replaces the signing key with a new one under the same `kid`, as after a reset of Better Auth's database.
    pub fn replace_key(&mut self, algorithm: Algorithm) {
        let kid = self.key_id().map(str::to_owned);
        self.keys.pop();
        self.keys.push((kid, generate_key(algorithm).1));
    }

    /// Removes all keys but the signing key from the key set.
    pub fn retire_old_keys(&mut self) {
        let old = self.keys.len().saturating_sub(1);
        self.keys.drain(..old);
    }

    /// Returns the `kid` of the signing key. `None` with a shared secret.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.keys.last().and_then(|(kid, _)| kid.as_deref())
    }

    /// Returns the key set in the format of `GET /api/auth/jwks`. Empty with a shared secret.
    #[must_use]
    pub fn jwks(&self) -> String {
        let keys: Vec<String> = self
            .keys
            .iter()
            .filter_map(|(kid, key)| key.jwk(kid.as_deref().unwrap_or_default()))
            .collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    /// Returns a token for a user. It is valid for 15 minutes.
    #[must_use]
    pub fn token(&self, subject: &str) -> String {
        self.draft(subject).sign()
    }

    /// Returns the token of [`TestIssuer::token`] unsigned, so that a test can change it.
    pub fn draft(&self, subject: &str) -> TokenDraft<'_> {
        let mut draft = TokenDraft {
            issuer: self,
            header: Vec::new(),
            claims: Vec::new(),
            now: self.now(),
        };
        draft = draft.header("alg", &json_string(self.signing_key().1.algorithm()));
        draft = match self.key_id() {
            Some(kid) => draft.header("kid", &json_string(kid)),
            None => draft.header("typ", "\"JWT\""),
        };
        let issued_at = draft.now.to_string();
        draft
            .claim("iat", &issued_at)
            .claim("sub", &json_string(subject))
            .claim("exp", &issued_at)
            .lifetime(i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX))
            .claim("iss", &json_string(&self.issuer))
            .claim("aud", &json_string(&self.audience))
    }

    /// Signs a header and a payload, which need not be JSON.
    #[must_use]
    pub fn sign(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        let header = BASE64URL_NOPAD.encode(header.as_ref());
        self.sign_input(&format!(
            "{header}.{}",
            BASE64URL_NOPAD.encode(payload.as_ref())
        ))
    }

    /// Signs `input` as it is and appends the signature, for input that is not canonical base64url.
    #[expect(
        clippy::expect_used,
        reason = "a test cannot continue without a signature"
    )]
    #[must_use]
    pub fn sign_input(&self, input: &str) -> String {
        let signature = self
            .signing_key()
            .1
            .sign(input.as_bytes())
            .expect("the key can sign");
        format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    #[expect(
        clippy::expect_used,
        reason = "constructors add a key and no method removes the last one"
    )]
    fn signing_key(&self) -> &(Option<String>, SigningKey) {
        self.keys.last().expect("there is at least one key")
    }

    fn now(&self) -> u64 {
        whole_seconds(unix_seconds(self.clock.now()))
    }
}

#[expect(clippy::expect_used, reason = "a test cannot continue without a key")]
fn generate_key(algorithm: Algorithm) -> (String, SigningKey) {
    let kid = random_id().expect("the system has randomness");
    (
        kid,
        SigningKey::generate(algorithm).expect("the crypto library generates keys"),
    )
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An unsigned token. Values are JSON text and are not validated.
#[must_use]
pub struct TokenDraft<'i> {
    issuer: &'i TestIssuer,
    header: Vec<(String, String)>,
    claims: Vec<(String, String)>,
    now: u64,
}

impl TokenDraft<'_> {
    /// Sets a claim to JSON text: `.claim("aud", r#"["a","b"]"#)`.
    pub fn claim(mut self, name: &str, json: &str) -> Self {
        set(&mut self.claims, name, json);
        self
    }

    /// Sets a claim to a string.
    pub fn claim_str(self, name: &str, text: &str) -> Self {
        let json = json_string(text);
        self.claim(name, &json)
    }

    /// Removes a claim.
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims.retain(|(member, _)| member != name);
        self
    }

    /// Sets a header member to JSON text.
    pub fn header(mut self, name: &str, json: &str) -> Self {
        set(&mut self.header, name, json);
        self
    }

    /// Removes a header member.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.retain(|(member, _)| member != name);
        self
    }

    /// Sets `exp` to this many seconds from now. Negative for an expired token.
    pub fn lifetime(self, seconds: i64) -> Self {
        let exp = self.now.saturating_add_signed(seconds).to_string();
        self.claim("exp", &exp)
    }

    /// Returns the header as JSON.
    #[must_use]
    pub fn header_json(&self) -> String {
        object(&self.header)
    }

    /// Returns the payload as JSON.
    #[must_use]
    pub fn claims_json(&self) -> String {
        object(&self.claims)
    }

    /// Signs the token.
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
        .map(|(name, json)| format!("{}:{json}", json_string(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}
