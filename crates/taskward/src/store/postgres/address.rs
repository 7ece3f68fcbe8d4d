//! Where the server is and how the way there is protected: `postgres://...`, read once.
//!
//! Invariant: beyond this machine nothing is sent in the clear unless `sslmode=disable` says so in so many words, and TLS
//! always proves the server: a mode that would encrypt to whoever answers is refused, not quietly weakened.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

/// How long one address may take to answer a connection, unless the URL says.
const CONNECT_TIME: Duration = Duration::from_secs(3);
/// How soon a silent connection is asked whether anybody is there, and how long what was sent may stay unanswered by
/// the other machine.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(30);
const UNACKNOWLEDGED_TIME: Duration = Duration::from_secs(15);

/// Why a URL cannot be used. Says nothing of its password.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// It is not one.
    #[error("is no PostgreSQL URL ({0}); write postgres://user:password@host/database")]
    Url(#[source] tokio_postgres::Error),
    /// No server in it.
    #[error("names no server; write postgres://user:password@host/database")]
    NoHost,
    /// A mode of TLS that proves nothing, or is none.
    #[error(
        "sslmode={0} does not prove which server answers; write sslmode=verify-full, or sslmode=disable where the network is trusted"
    )]
    WeakTls(String),
    /// Certificates to trust.
    #[error("sslrootcert: cannot read certificates from {path}: {problem}")]
    Roots {
        /// The file.
        path: String,
        /// Why.
        problem: String,
    },
    /// TLS without anything to trust.
    #[error(
        "TLS needs certificates to trust, and this machine has none; name a file with sslrootcert=FILE"
    )]
    NoRoots,
    /// The TLS library.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// A connection's reading and writing half, to be driven by a task.
pub(super) type Driver =
    tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// A server, a database, a login, and how to get there.
#[derive(Clone)]
pub(super) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Address {
    /// Reads the URL. `sslmode` and `sslrootcert` are ours to judge; the rest is the client library's.
    pub(super) fn parse(url: &str) -> Result<Self, AddressError> {
        let (base, parameters) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut others) = (None, None, Vec::new());
        for (name, value) in form_urlencoded::parse(parameters.as_bytes()) {
            match &*name {
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => roots = Some(value.into_owned()),
                _ => others.push((name, value)),
            }
        }
        let others = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(others)
            .finish()
            // The client library decodes percents only.
            .replace('+', "%20");
        let mut config: Config = format!("{base}?{others}")
            .parse()
            .map_err(AddressError::Url)?;
        if config.get_hosts().is_empty() {
            return Err(AddressError::NoHost);
        }
        let encrypted = match mode.as_deref() {
            None => !config.get_hosts().iter().all(is_this_machine),
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(weak) => return Err(AddressError::WeakTls(weak.to_owned())),
        };
        config.ssl_mode(if encrypted {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIME);
        }
        if config.get_application_name().is_none() {
            config.application_name("taskward");
        }
        config.keepalives_idle(KEEPALIVE_AFTER);
        config.tcp_user_timeout(UNACKNOWLEDGED_TIME);
        Ok(Self {
            config,
            tls: connector(encrypted, roots)?,
        })
    }

    /// Connects and signs in.
    pub(super) async fn connect(&self) -> Result<(Client, Driver), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }

    /// The login's name.
    pub(super) fn user(&self) -> Option<&str> {
        self.config.get_user()
    }
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse()
                    .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn connector(encrypted: bool, roots: Option<String>) -> Result<MakeRustlsConnect, AddressError> {
    let mut trusted = RootCertStore::empty();
    match roots {
        Some(path) => add_from_file(&mut trusted, path)?,
        // Reading the machine's certificates takes a while, so only where they are needed.
        None if encrypted => {
            trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        None => {}
    }
    if encrypted && trusted.is_empty() {
        return Err(AddressError::NoRoots);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(AddressError::Tls)?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn add_from_file(trusted: &mut RootCertStore, path: String) -> Result<(), AddressError> {
    let mut read = || -> Result<usize, String> {
        let text = fs::read(&path).map_err(|error| error.to_string())?;
        let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        let (added, _) = trusted.add_parsable_certificates(certificates);
        Ok(added)
    };
    let problem = match read() {
        Ok(0) => "there is none in it".to_owned(),
        Ok(_) => return Ok(()),
        Err(problem) => problem,
    };
    Err(AddressError::Roots { path, problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Result<SslMode, AddressError> {
        Address::parse(url).map(|address| address.config.get_ssl_mode())
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear_unless_told_so() {
        for url in [
            "postgres://u@localhost/d",
            "postgresql://u@127.0.0.1:5433/d",
            "postgres://u@db.example/d?sslmode=disable",
        ] {
            assert_eq!(mode(url).unwrap(), SslMode::Disable, "{url}");
        }
        for url in [
            "postgres://u@db.example/d",
            "postgres://u@localhost,db.example/d",
            "postgres://u@localhost/d?sslmode=require",
            "postgres://u@10.0.0.1/d?sslmode=verify-full&application_name=x",
        ] {
            assert_eq!(mode(url).unwrap(), SslMode::Require, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for weak in ["prefer", "allow", "verify_full", ""] {
            let refused = mode(&format!("postgres://u@localhost/d?sslmode={weak}"));
            assert!(matches!(refused, Err(AddressError::WeakTls(_))), "{weak}");
        }
        let missing = mode("postgres://u@localhost/d?sslrootcert=no%20such%20file");
        assert!(matches!(missing, Err(AddressError::Roots { path, .. }) if path == "no such file"));
        for other in [
            "postgres://u:hush@localhost/d?sslcert=x",
            "postgres://u:hush@localhost:port/d",
            "postgres:///d",
        ] {
            let refused = mode(other).unwrap_err();
            assert!(!refused.to_string().contains("hush"), "{refused}");
        }
    }
}
