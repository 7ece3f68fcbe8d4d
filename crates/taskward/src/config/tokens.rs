//! Which tokens are accepted, and which setting decided it.
//!
//! Invariant: the keys are fetched with TLS, from this machine, or from a host that `TASKWARD_ALLOW_HTTP_HOSTS` names.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::auth::{Secret, Secrets};
use super::http::{HttpConfig, Origin};
use super::http_hosts::{HttpHosts, is_this_machine};
use super::token_options::OptionalClaim;
use super::{ConfigError, ServeOptions, Switch, Tokens};

const ISSUER: &str = "TASKWARD_ISSUER";
const AUDIENCE: &str = "TASKWARD_AUDIENCE";
const JWKS_FILE: &str = "BETTER_AUTH_JWKS_FILE";
const JWKS_URL: &str = "BETTER_AUTH_JWKS_URL";
const PUBLIC: &str = "BETTER_AUTH_URL";
const UPSTREAM: &str = "TASKWARD_AUTH_UPSTREAM";

/// How tokens are verified. One mode a process, without fallback to the other (SEC-19).
#[derive(Debug)]
pub enum TokenMode {
    /// HS256 with a secret that Better Auth has too.
    SharedSecret {
        current: Secret,
        /// The secret before the last rotation.
        previous: Option<Secret>,
        /// The claims that may be absent (SEC-29).
        optional: Vec<OptionalClaim>,
    },
    /// Signatures of Better Auth's own keys.
    Jwks(KeyOrigin),
}

/// Where the public keys come from.
#[derive(Debug)]
pub enum KeyOrigin {
    Url {
        /// The setting that names the URL, or that it is derived from.
        setting: &'static str,
        url: String,
        /// Whether the host may be asked without TLS, although it is another machine.
        is_http_allowed: bool,
    },
    File(PathBuf),
}

/// Which tokens are accepted.
#[derive(Debug)]
pub struct TokenConfig {
    pub mode: TokenMode,
    /// Why this mode is in force, as the end of a sentence.
    pub mode_reason: &'static str,
    pub issuer: Expected,
    pub audience: Expected,
    /// How far away the `exp` of an accepted token may be.
    pub lifetime_max: Duration,
    /// Whether a 401 says which check failed (SEC-04).
    pub explain: bool,
}

/// The required value of a claim, and the setting that it comes from.
#[derive(Debug, Clone)]
pub struct Expected {
    pub value: String,
    pub source: &'static str,
}

impl TokenConfig {
    pub(super) fn new(
        options: &ServeOptions,
        http: &HttpConfig,
        upstream: Option<&Origin>,
        secrets: &Secrets,
    ) -> Result<Self, ConfigError> {
        let (tokens, mode_reason) = choose(options, http, secrets)?;
        let hosts = &options.token.allow_http_hosts;
        let optional = &options.token.optional_claims;
        let (mode, key_url) = match tokens {
            Tokens::SharedSecret => (shared_secret(secrets, optional)?, None),
            Tokens::Jwks if !optional.is_empty() => {
                return Err(ConfigError::invalid(
                    "TASKWARD_OPTIONAL_CLAIMS",
                    "works with a shared secret only, because with public keys `iss` and `aud` are always required; \
                     remove it, or set TASKWARD_TOKENS=shared-secret",
                ));
            }
            Tokens::Jwks => {
                let (origin, url) = key_origin(options, http, upstream)?;
                (TokenMode::Jwks(origin), url)
            }
        };
        let from_keys = match tokens {
            Tokens::Jwks if !http.public_is_set => {
                issuer_of_keys(options, upstream, key_url.as_ref(), hosts)?
            }
            _ => None,
        };
        let default = from_keys.clone().unwrap_or_else(|| Expected {
            value: http.public.text(),
            source: if http.public_is_set {
                PUBLIC
            } else {
                "TASKWARD_LISTEN, because BETTER_AUTH_URL is not set"
            },
        });
        let explain = match options.token.explain_tokens {
            Some(switch) => switch == Switch::On,
            None => is_development(options, http, key_url.as_ref()),
        };
        Ok(Self {
            mode,
            mode_reason,
            issuer: expected(ISSUER, options.issuer.as_deref(), &default)?,
            audience: expected(AUDIENCE, options.audience.as_deref(), &default)?,
            lifetime_max: options.token.token_lifetime_max.0,
            explain,
        })
    }
}

/// Refuses a longest lifetime that refuses every token of the auth server that this process starts.
pub(super) fn check_lifetime(
    tokens: &TokenConfig,
    environment: &[(OsString, OsString)],
) -> Result<(), ConfigError> {
    const DEFAULT: u64 = 900;
    let set = environment
        .iter()
        .find(|(name, _)| name == "AUTH_JWT_LIFETIME");
    let issued = set
        .and_then(|(_, value)| value.to_str()?.parse().ok())
        .unwrap_or(DEFAULT);
    let longest = tokens.lifetime_max.as_secs();
    if issued <= longest {
        return Ok(());
    }
    Err(ConfigError::invalid(
        "TASKWARD_TOKEN_LIFETIME_MAX",
        format!(
            "is {longest} s, but the auth server issues tokens for {issued} s, so every token would be refused; set it to \
             at least {issued}, or AUTH_JWT_LIFETIME to at most {longest}"
        ),
    ))
}

/// The mode, and why.
fn choose(
    options: &ServeOptions,
    http: &HttpConfig,
    secrets: &Secrets,
) -> Result<(Tokens, &'static str), ConfigError> {
    if let Some(tokens) = options.tokens {
        return Ok((tokens, "because TASKWARD_TOKENS is set"));
    }
    if secrets.current.is_some() {
        return Ok((
            Tokens::SharedSecret,
            "because there is a BETTER_AUTH_SECRET and TASKWARD_TOKENS is not set; if Better Auth signs with its own \
             keys, as its jwt plugin does by default, set TASKWARD_TOKENS=jwks",
        ));
    }
    let reason = if options.token.better_auth_jwks_file.is_some() {
        "because BETTER_AUTH_JWKS_FILE is set and there is no BETTER_AUTH_SECRET"
    } else if options.better_auth_jwks_url.is_some() {
        "because BETTER_AUTH_JWKS_URL is set and there is no BETTER_AUTH_SECRET"
    } else if http.public_is_set {
        "because BETTER_AUTH_URL is set and there is no BETTER_AUTH_SECRET"
    } else {
        return Err(ConfigError::NoTokenMode);
    };
    Ok((Tokens::Jwks, reason))
}

fn shared_secret(secrets: &Secrets, optional: &[OptionalClaim]) -> Result<TokenMode, ConfigError> {
    let current = secrets.current.clone().ok_or_else(|| {
        let problem = "is not set, but TASKWARD_TOKENS is shared-secret; set it to the secret that Better \
                       Auth signs with, for example the output of `openssl rand -base64 32`";
        ConfigError::invalid("BETTER_AUTH_SECRET", problem)
    })?;
    Ok(TokenMode::SharedSecret {
        current,
        previous: secrets.previous.clone(),
        optional: optional.to_vec(),
    })
}

/// Where the keys come from, and the URL if they are fetched.
fn key_origin(
    options: &ServeOptions,
    http: &HttpConfig,
    upstream: Option<&Origin>,
) -> Result<(KeyOrigin, Option<Url>), ConfigError> {
    if let Some(file) = &options.token.better_auth_jwks_file {
        if options.better_auth_jwks_url.is_some() {
            return Err(ConfigError::invalid(
                JWKS_FILE,
                "is set, and BETTER_AUTH_JWKS_URL too; keep one of them",
            ));
        }
        return Ok((KeyOrigin::File(file.clone()), None));
    }
    let (setting, text) = match (&options.better_auth_jwks_url, upstream) {
        (Some(url), _) => (JWKS_URL, url.clone()),
        // Directly from the auth server if it is known: the public origin may lead through a TLS proxy that this machine
        // cannot reach.
        (None, Some(upstream)) => (UPSTREAM, format!("{}/api/auth/jwks", upstream.text())),
        (None, None) if http.is_own_address() => return Err(keys_at_own_address(http)),
        (None, None) => (PUBLIC, format!("{}/api/auth/jwks", http.public.text())),
    };
    let url = Url::parse(&text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| {
            let problem = "is not an absolute http or https URL; write for example https://app.example.org/api/auth/jwks";
            ConfigError::invalid(setting, problem)
        })?;
    let is_http_allowed = options.token.allow_http_hosts.contains(&url);
    if url.scheme() == "http" && !is_this_machine(&url) && !is_http_allowed {
        return Err(without_tls(setting, &url));
    }
    let origin = KeyOrigin::Url {
        setting,
        url: url.as_str().to_owned(),
        is_http_allowed,
    };
    Ok((origin, Some(url)))
}

/// The keys would be fetched from this server, which has none.
fn keys_at_own_address(http: &HttpConfig) -> ConfigError {
    let (setting, problem) = if http.public_is_set {
        (
            PUBLIC,
            "is the address of this server, and no auth server is behind it",
        )
    } else {
        (
            "TASKWARD_TOKENS",
            "is jwks, but nothing says where the public keys are",
        )
    };
    ConfigError::invalid(
        setting,
        format!(
            "{problem}; set BETTER_AUTH_URL to the origin of the app with Better Auth, BETTER_AUTH_JWKS_URL or \
             BETTER_AUTH_JWKS_FILE to its keys, or TASKWARD_AUTH_UPSTREAM to the auth server behind this one"
        ),
    )
}

fn without_tls(setting: &'static str, url: &Url) -> ConfigError {
    let host = url.host_str().unwrap_or_default();
    let what = if setting == JWKS_URL {
        "is an http URL of another machine".to_owned()
    } else {
        let origin = url.origin().ascii_serialization();
        format!(
            "the public keys would be fetched from {origin}/api/auth/jwks, which is another machine, without TLS"
        )
    };
    let other = if setting == JWKS_URL {
        "use https"
    } else {
        "set BETTER_AUTH_JWKS_URL to an https URL"
    };
    ConfigError::invalid(
        setting,
        format!(
            "{what}, so anyone who can modify the traffic can forge tokens; {other}, name a file with \
             BETTER_AUTH_JWKS_FILE, or, if the network between is private, add {host} to TASKWARD_ALLOW_HTTP_HOSTS"
        ),
    )
}

/// The issuer and audience that follow the origin of the keys, because nothing else names the app.
fn issuer_of_keys(
    options: &ServeOptions,
    upstream: Option<&Origin>,
    url: Option<&Url>,
    hosts: &HttpHosts,
) -> Result<Option<Expected>, ConfigError> {
    if options.issuer.is_some() && options.audience.is_some() {
        return Ok(None);
    }
    let missing = |why: &str| {
        let problem = format!(
            "is not set, {why}; set it to the baseURL of Better Auth, as the browser sees it, or set TASKWARD_ISSUER and \
             TASKWARD_AUDIENCE"
        );
        Err(ConfigError::invalid(PUBLIC, problem))
    };
    match url {
        None if upstream.is_none() => {
            missing("and a file with keys does not say who issues the tokens")
        }
        Some(url) if hosts.contains(url) => missing(
            "and the keys come from a host in TASKWARD_ALLOW_HTTP_HOSTS: a name in a private network is not the issuer \
             that tokens name",
        ),
        Some(url) if options.better_auth_jwks_url.is_some() && upstream.is_none() => {
            Ok(Some(Expected {
                value: url.origin().ascii_serialization(),
                source: "the origin of BETTER_AUTH_JWKS_URL, because BETTER_AUTH_URL is not set",
            }))
        }
        _ => Ok(None),
    }
}

fn expected(
    setting: &'static str,
    value: Option<&str>,
    default: &Expected,
) -> Result<Expected, ConfigError> {
    match value {
        None => Ok(default.clone()),
        Some("") => Err(ConfigError::invalid(
            setting,
            "is empty; set it to the value in the tokens, or remove it so that it follows BETTER_AUTH_URL",
        )),
        Some(value) => Ok(Expected {
            value: value.to_owned(),
            source: setting,
        }),
    }
}

/// Whether only the developer at this machine reads the answers: everything is on loopback and nothing forwards to it.
fn is_development(options: &ServeOptions, http: &HttpConfig, key_url: Option<&Url>) -> bool {
    let is_local = if http.public_is_set {
        http.public.is_loopback()
    } else {
        key_url.is_none_or(is_this_machine)
    };
    is_local && http.is_loopback() && options.trusted_proxies.is_empty()
}
