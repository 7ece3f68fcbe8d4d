//! The database URL: server, database, login and TLS.
//!
//! Invariant: a connection to another machine is encrypted unless the URL says `sslmode=disable`, and TLS always verifies the
//! server's certificate and name. A mode that does not is refused.

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

/// The time limit for each address of a server. Two fit into the time in which the pool has to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(900);
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a URL cannot be used. The text never contains the password.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("is not a PostgreSQL URL ({0}); write postgres://user:password@host/database")]
    Url(#[source] tokio_postgres::Error),
    #[error("names no server; write postgres://user:password@host/database")]
    NoHost,
    #[error(
        "sslmode={0} does not verify the server; write sslmode=verify-full, or sslmode=disable where the network is trusted"
    )]
    WeakTls(String),
    #[error("sslrootcert: cannot read certificates from {path}: {problem}")]
    Roots { path: String, problem: String },
    #[error(
        "TLS needs certificates to trust, and this machine has none; name a file with sslrootcert=FILE"
    )]
    NoRoots,
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// The part of a connection that a task has to drive.
pub(crate) type Driver =
    tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
}

/// Checks a URL without connecting.
///
/// # Errors
/// [`AddressError`].
pub fn check(url: &str) -> Result<(), AddressError> {
    Address::parse(url).map(drop)
}

impl Address {
    /// Parses the URL. `sslmode` and `sslrootcert` are handled here, the rest by the client library.
    pub(crate) fn parse(url: &str) -> Result<Self, AddressError> {
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
            // The client library decodes percent-encoding only.
            .replace('+', "%20");
        let mut config: Config = format!("{base}?{others}")
            .parse()
            .map_err(AddressError::Url)?;
        if config.get_hosts().is_empty() {
            return Err(AddressError::NoHost);
        }
        let encrypted = match mode.as_deref() {
            None => !config.get_hosts().iter().all(is_local),
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
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("taskward");
        }
        config.keepalives_idle(KEEPALIVE_IDLE);
        config.tcp_user_timeout(TCP_USER_TIMEOUT);
        Ok(Self {
            config,
            tls: connector(encrypted, roots)?,
        })
    }

    pub(crate) async fn connect(&self) -> Result<(Client, Driver), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }

    pub(crate) fn user(&self) -> Option<&str> {
        self.config.get_user()
    }
}

fn is_local(host: &Host) -> bool {
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
        // Reading the machine's certificates is slow.
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
        Ok(0) => "it contains no certificate".to_owned(),
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
    fn only_connections_within_the_machine_are_unencrypted_by_default() {
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
    fn unsupported_parameters_are_refused() {
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
