//! `taskward check-config`: which settings are in force, which variable decided each, and what is wrong with them.

use std::fmt;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use secrecy::ExposeSecret;
use taskward_http::Pages;
use url::Url;

use crate::app;
use crate::config::{Config, Database, NamedDatabase, Origin, ServeOptions};

/// A setting in force.
struct Line {
    name: &'static str,
    value: String,
    decided_by: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<14} {}  [{}]", self.name, self.value, self.decided_by)
    }
}

/// Where the values of options come from.
pub struct Sources<'a> {
    /// The command whose options they are.
    pub command: &'a Command,
    pub matches: &'a ArgMatches,
}

impl Sources<'_> {
    /// The flag or the variable that decided on an option, or `otherwise` if none did.
    fn of(&self, option: &str, otherwise: &str) -> String {
        let arguments = self.command.get_arguments();
        let argument = arguments
            .into_iter()
            .find(|argument| argument.get_id() == option);
        let name = match self.matches.value_source(option) {
            Some(ValueSource::CommandLine) => argument
                .and_then(clap::Arg::get_long)
                .map(|long| format!("--{long}")),
            Some(ValueSource::EnvVariable) => argument
                .and_then(clap::Arg::get_env)
                .map(|name| name.to_string_lossy().into_owned()),
            _ => None,
        };
        name.unwrap_or_else(|| otherwise.to_owned())
    }
}

/// The settings in force, a line each.
#[must_use]
pub fn in_force(config: &Config, options: &ServeOptions, sources: &Sources<'_>) -> Vec<String> {
    let mut lines = vec![
        line(
            "listen",
            config.http.listen,
            sources.of("listen", "default"),
        ),
        line(
            "public origin",
            config.http.public.text(),
            sources.of("better_auth_url", "from the port of TASKWARD_LISTEN"),
        ),
    ];
    lines.extend(databases(config, options, sources));
    lines.extend(auth_server(config, sources));
    lines.extend([
        line(
            "rate limits",
            rates(config),
            sources.of("rate_limits", "default"),
        ),
        line(
            "proxies",
            list(&options.trusted_proxies),
            sources.of("trusted_proxies", "default"),
        ),
        line(
            "metrics",
            config
                .http
                .metrics
                .map_or_else(|| "off".to_owned(), |address| address.to_string()),
            sources.of("metrics_listen", "default"),
        ),
        line("log", options.log, sources.of("log", "default")),
    ]);
    lines.extend(pages(config, sources));
    let lines = lines.iter().map(Line::to_string);
    lines.chain(tokens(config)).collect()
}

fn line(name: &'static str, value: impl fmt::Display, decided_by: String) -> Line {
    Line {
        name,
        value: value.to_string(),
        decided_by,
    }
}

/// Which tokens are accepted. The lines name the settings themselves.
fn tokens(config: &Config) -> Vec<String> {
    let lines = app::explain_tokens(&config.tokens).into_iter();
    lines
        .map(|line| format!("{:<14} {line}", "tokens"))
        .collect()
}

fn pages(config: &Config, sources: &Sources<'_>) -> Vec<Line> {
    let origins: Vec<_> = config
        .http
        .allowed_origins
        .iter()
        .map(Origin::text)
        .collect();
    let pages = match app::pages(config) {
        Pages::Off => "off",
        Pages::App => "the web app",
        Pages::Start => "a page about the API, because there is no auth server",
    };
    vec![
        line("pages", pages, sources.of("web", "default")),
        line(
            "other origins",
            list(&origins),
            sources.of("allowed_origins", "default"),
        ),
    ]
}

fn databases(config: &Config, options: &ServeOptions, sources: &Sources<'_>) -> Vec<Line> {
    let NamedDatabase { database, .. } = &config.store.database;
    let data = sources.of("data", "default");
    let decided_by = sources.of(
        "database_url",
        &sources.of("shared_database_url", &format!("data directory, {data}")),
    );
    let tasks = match database {
        Database::Sqlite(path) => format!("SQLite, {}", path.display()),
        Database::Postgres(url) => format!("PostgreSQL, {}", without_password(url.expose_secret())),
    };
    let mut lines = vec![
        line("data directory", config.store.data.display(), data.clone()),
        line("tasks", tasks, decided_by),
    ];
    if options.auth_command.is_some() {
        let accounts = match &options.database.auth_database_url {
            Some(url) => without_password(url),
            None => format!("sqlite:{}", options.database.default_accounts().display()),
        };
        lines.push(line(
            "accounts",
            accounts,
            sources.of("auth_database_url", &format!("data directory, {data}")),
        ));
    }
    lines
}

fn auth_server(config: &Config, sources: &Sources<'_>) -> Vec<Line> {
    let Some(server) = &config.auth_server else {
        return vec![line("auth server", "none", "default".to_owned())];
    };
    let address = line(
        "auth server",
        format!("http://{}", server.address),
        sources.of("auth_upstream", "the port after that of TASKWARD_LISTEN"),
    );
    if server.command.is_empty() {
        return vec![address];
    }
    let command = shell_words::join(&server.command);
    vec![
        address,
        line(
            "started with",
            command,
            sources.of("auth_command", "default"),
        ),
    ]
}

fn rates(config: &Config) -> String {
    match config.http.rate_limits.rates() {
        Some(rates) => format!(
            "requests={},writes={},failures={}",
            rates.requests, rates.writes, rates.failures
        ),
        None => "off".to_owned(),
    }
}

fn list(values: &[impl fmt::Display]) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
    texts.join(",")
}

/// The URL of a database. A password can also be in the query.
fn without_password(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.to_owned();
    }
    let Ok(mut url) = Url::parse(url) else {
        return "(not shown)".to_owned();
    };
    if url.password().is_some() && url.set_password(Some("...")).is_err() {
        return "(not shown)".to_owned();
    }
    url.set_query(None);
    url.to_string()
}

/// What is wrong with the settings, a line each.
///
/// # Errors
/// The system's, if there can be no runtime.
pub fn problems(config: &Config) -> std::io::Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(app::check(config)))
}
