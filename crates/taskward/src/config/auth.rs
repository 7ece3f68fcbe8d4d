//! The secrets, and the auth server that issues tokens.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::http::uri::Authority;
use secrecy::{ExposeSecret, SecretString};

use super::database::ACCOUNTS_FILE;
use super::http::{HttpConfig, Origin};
use super::http_hosts::is_this_machine;
use super::tokens::{self as token_config, TokenConfig, TokenMode};
use super::{ConfigError, ServeOptions};

/// The auth server behind `/api/auth`.
#[derive(Debug)]
pub struct AuthServerConfig {
    pub address: Authority,
    /// Whether it is another machine, and no setting says that the network between is private.
    pub is_without_tls: bool,
    /// The command that starts it; empty if this process does not.
    pub command: Vec<String>,
    pub environment: Vec<(OsString, OsString)>,
}

/// A secret and the setting that it comes from.
#[derive(Debug, Clone)]
pub struct Secret {
    pub setting: &'static str,
    pub text: SecretString,
}

/// The secrets, from the environment or from files.
pub(super) struct Secrets {
    pub(super) current: Option<Secret>,
    pub(super) previous: Option<Secret>,
}

impl Secrets {
    pub(super) fn read(options: &ServeOptions) -> Result<Self, ConfigError> {
        let current = one_source(
            [
                "BETTER_AUTH_SECRET",
                "BETTER_AUTH_SECRET (--better-auth-secret-file)",
            ],
            options.secret.clone(),
            options.better_auth_secret_file.as_deref(),
        )?;
        let previous = one_source(
            [
                "BETTER_AUTH_SECRET_PREVIOUS",
                "BETTER_AUTH_SECRET_PREVIOUS (--better-auth-secret-previous-file)",
            ],
            options.secret_previous.clone(),
            options.better_auth_secret_previous_file.as_deref(),
        )?;
        Ok(Self { current, previous })
    }
}

/// The names are those of the variable and of its file.
fn one_source(
    [variable, in_file]: [&'static str; 2],
    value: Option<SecretString>,
    file: Option<&Path>,
) -> Result<Option<Secret>, ConfigError> {
    let Some(file) = file else {
        return Ok(value.map(|text| Secret {
            setting: variable,
            text,
        }));
    };
    if value.is_some() {
        return Err(ConfigError::invalid(
            variable,
            "is set, and a file is named too; keep one of them",
        ));
    }
    let text = fs::read_to_string(file).map_err(|error| {
        ConfigError::invalid(in_file, format!("cannot read {}: {error}", file.display()))
    })?;
    // Editors end files with a line break, which is not part of the secret.
    Ok(Some(Secret {
        setting: in_file,
        text: text.trim_end_matches(['\r', '\n']).to_owned().into(),
    }))
}

/// The address of the auth server, if there is one.
pub(super) fn upstream(
    options: &ServeOptions,
    http: &HttpConfig,
) -> Result<Option<Origin>, ConfigError> {
    const SETTING: &str = "TASKWARD_AUTH_UPSTREAM";
    if let Some(text) = &options.auth_upstream {
        let origin = Origin::parse(SETTING, text)?;
        if origin.is_https() {
            let problem =
                "must be http: the auth server is on this machine or in a private network";
            return Err(ConfigError::invalid(SETTING, problem));
        }
        return Ok(Some(origin));
    }
    if options.auth_command.is_none() {
        return Ok(None);
    }
    let Some(port) = http.listen.port().checked_add(1).filter(|port| *port > 1) else {
        return Err(ConfigError::invalid(
            "TASKWARD_LISTEN",
            format!(
                "the auth server listens on the port after this server's, and there is none after {}; choose another \
                 port, or set TASKWARD_AUTH_UPSTREAM to the address of the auth server",
                http.listen.port()
            ),
        ));
    };
    Origin::parse(SETTING, &format!("http://127.0.0.1:{port}")).map(Some)
}

impl AuthServerConfig {
    pub(super) fn new(
        options: &ServeOptions,
        http: &HttpConfig,
        tokens: &TokenConfig,
        secrets: &Secrets,
        upstream: Origin,
        environment: &[(OsString, OsString)],
    ) -> Result<Self, ConfigError> {
        const UPSTREAM: &str = "TASKWARD_AUTH_UPSTREAM";
        const COMMAND: &str = "TASKWARD_AUTH_COMMAND";
        let invalid = |setting, problem: &str| ConfigError::invalid(setting, problem);
        let address = upstream
            .authority()
            .parse()
            .map_err(|_| invalid(UPSTREAM, "has no usable host"))?;
        let is_without_tls = !is_this_machine(upstream.url())
            && !options.token.allow_http_hosts.contains(upstream.url());
        let Some(command) = &options.auth_command else {
            return Ok(Self {
                address,
                is_without_tls,
                command: Vec::new(),
                environment: Vec::new(),
            });
        };
        let command =
            shell_words::split(command).map_err(|_| invalid(COMMAND, "has an unclosed quote"))?;
        if command.is_empty() {
            return Err(invalid(COMMAND, "is empty"));
        }
        let listen: SocketAddr = upstream.authority().parse().map_err(|_| {
            invalid(
                UPSTREAM,
                "must be a loopback address with a port, because this process starts the auth server there",
            )
        })?;
        if !listen.ip().is_loopback() {
            return Err(invalid(
                UPSTREAM,
                "must be on loopback, because this process starts the auth server there",
            ));
        }
        let secret = secrets.current.as_ref().ok_or_else(|| {
            invalid(
                "BETTER_AUTH_SECRET",
                "is not set; the auth server needs it for its cookies and keys in either mode",
            )
        })?;
        token_config::check_lifetime(tokens, environment)?;
        let environment = child_environment(
            options,
            http,
            tokens,
            (secret, secrets.previous.as_ref()),
            listen,
            environment,
        )?;
        Ok(Self {
            address,
            is_without_tls,
            command,
            environment,
        })
    }
}

/// The variables that the child inherits: how to find programs and temporary space, and its own settings (SEC-98).
const INHERITED: [&str; 8] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "TZ",
    "SYSTEMROOT",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
];

fn child_environment(
    options: &ServeOptions,
    http: &HttpConfig,
    tokens: &TokenConfig,
    (secret, previous): (&Secret, Option<&Secret>),
    listen: SocketAddr,
    ours: &[(OsString, OsString)],
) -> Result<Vec<(OsString, OsString)>, ConfigError> {
    let is_inherited = |name: &OsStr| {
        INHERITED.iter().any(|known| name == *known) || name.to_string_lossy().starts_with("AUTH_")
    };
    let mut child: Vec<_> = ours
        .iter()
        .filter(|(name, _)| is_inherited(name))
        .cloned()
        .collect();
    let database = match &options.database.auth_database_url {
        Some(url) => url.clone().into(),
        None => default_database(&options.database.data)?,
    };
    let mode = match tokens.mode {
        TokenMode::SharedSecret { .. } => "shared-secret",
        TokenMode::Jwks(_) => "jwks",
    };
    child.retain(|(name, _)| name != "AUTH_DATABASE_URL" && name != "AUTH_LISTEN");
    child.extend([
        ("AUTH_DATABASE_URL".into(), database),
        ("AUTH_LISTEN".into(), listen.to_string().into()),
        ("AUTH_SUPERVISED".into(), "1".into()),
        (
            "BETTER_AUTH_SECRET".into(),
            secret.text.expose_secret().into(),
        ),
        ("BETTER_AUTH_URL".into(), http.public.text().into()),
        ("NODE_ENV".into(), "production".into()),
        (
            "TASKWARD_AUDIENCE".into(),
            tokens.audience.value.clone().into(),
        ),
        ("TASKWARD_ISSUER".into(), tokens.issuer.value.clone().into()),
        ("TASKWARD_TOKENS".into(), mode.into()),
    ]);
    if let Some(previous) = previous {
        child.push((
            "BETTER_AUTH_SECRET_PREVIOUS".into(),
            previous.text.expose_secret().into(),
        ));
    }
    Ok(child)
}

fn default_database(data: &Path) -> Result<OsString, ConfigError> {
    let absolute: PathBuf = std::path::absolute(data).map_err(|error| {
        ConfigError::invalid(
            "TASKWARD_DATA",
            format!("is not a usable directory: {error}"),
        )
    })?;
    let mut url = OsString::from("sqlite:");
    url.push(absolute.join(ACCOUNTS_FILE));
    Ok(url)
}
