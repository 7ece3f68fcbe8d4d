//! The verifier beside a real Better Auth: every algorithm, rotation, secret rotation, an outage.
//!
//! `BETTER_AUTH_SERVER` names the built server's `main.js`; without it every test here fails, since a green run would
//! say something that was not looked at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, in its helpers too"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use better_auth_verifier::{Algorithm, RemoteKeySet, SharedSecret, Verifier, VerifyError};
use serde_json::{Value, json};

const SECRET: &str = "k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn";
const NEW_SECRET: &str = "Zx9Kq2Lm4Np6Rt8Vw0Yb1Cd3Ef5Gh7Jk";
const LONG: Duration = Duration::from_secs(60);

/// One place to serve at, kept over restarts, and the process that serves there now.
struct AuthServer {
    port: u16,
    folder: PathBuf,
    process: Option<Child>,
}

impl AuthServer {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("better-auth-live-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        Self {
            port,
            folder,
            process: None,
        }
    }

    /// Starts it with these settings over the usual ones and waits until it says that it listens.
    #[expect(
        clippy::disallowed_methods,
        reason = "where the server was built is a setting of the test run"
    )]
    fn start(&mut self, settings: &[(&str, &str)]) {
        let main = std::env::var("BETTER_AUTH_SERVER")
            .expect("BETTER_AUTH_SERVER names the built auth server");
        let path = std::env::var("PATH").unwrap();
        let mut process = Command::new("node")
            .arg(main)
            .env_clear()
            .env("PATH", path)
            .env("AUTH_LISTEN", format!("127.0.0.1:{}", self.port))
            .env(
                "AUTH_DATABASE_URL",
                format!("sqlite:{}", self.folder.join("auth.db").display()),
            )
            .env("AUTH_RATE_LIMIT", "off")
            .env("BETTER_AUTH_URL", self.origin())
            .env("BETTER_AUTH_SECRET", SECRET)
            .env("TASKWARD_TOKENS", "jwks")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let listens = lines.any(|line| line.unwrap().contains("\"listening\""));
        assert!(listens, "the server ended: {:?}", process.wait());
        // It must be able to go on writing.
        std::thread::spawn(move || lines.for_each(drop));
        self.process = Some(process);
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    fn restart(&mut self, settings: &[(&str, &str)]) {
        self.stop();
        self.start(settings);
    }

    fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    fn keys(&self) -> RemoteKeySet {
        let url = format!("http://127.0.0.1:{}/api/auth/jwks", self.port);
        let builder = RemoteKeySet::builder(&url).refresh_every(Duration::from_millis(500));
        builder
            .cool_down(Duration::from_millis(200))
            .start()
            .unwrap()
    }

    fn verifier(&self, keys: &RemoteKeySet) -> Verifier {
        let (issuer, audience) = (self.origin(), self.origin());
        Verifier::builder()
            .issuer(issuer)
            .audience(audience)
            .key_source(keys.clone())
            .build()
            .unwrap()
    }

    /// One request; HTTP/1.0, so that the answer ends with the connection.
    fn ask(&self, method: &str, path: &str, cookie: &str, body: Option<&Value>) -> (String, Value) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let body = body.map_or_else(String::new, Value::to_string);
        let (origin, length) = (self.origin(), body.len());
        write!(
            stream,
            "{method} /api/auth/{path} HTTP/1.0\r\nhost: localhost:{}\r\norigin: {origin}\r\ncookie: {cookie}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}",
            self.port
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{path}: {answer}");
        (head.to_owned(), serde_json::from_str(body).unwrap())
    }

    /// A person who has just signed up: the session's cookie.
    fn sign_up(&self, name: &str) -> String {
        let email = format!("{name}@example.test");
        let person = json!({"name": name, "email": email, "password": "a long enough password"});
        let (head, _) = self.ask("POST", "sign-up/email", "", Some(&person));
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        let cookies = fields.filter(|(field, _)| field.eq_ignore_ascii_case("set-cookie"));
        cookies
            .map(|(_, value)| value.split(';').next().unwrap())
            .collect::<Vec<_>>()
            .join("; ")
    }

    fn token(&self, cookie: &str) -> String {
        let (_, body) = self.ask("GET", "token", cookie, None);
        body["token"].as_str().unwrap().to_owned()
    }
}

impl Drop for AuthServer {
    fn drop(&mut self) {
        self.stop();
        let _left_over = std::fs::remove_dir_all(&self.folder);
    }
}

/// Asks again until the answer is wanted, letting background work go on.
async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, looking)
        .await
        .expect("it happens in time")
}

/// Each start with another algorithm retires the key before: what is signed changes while old tokens live on.
#[tokio::test(flavor = "multi_thread")]
async fn sec_42_sec_43_every_algorithm_and_each_change_between_them_is_followed() {
    let mut server = AuthServer::new();
    server.start(&[("AUTH_JWKS_ALG", "EdDSA")]);
    let cookie = server.sign_up("ada");
    let keys = server.keys();
    let verifier = server.verifier(&keys);
    let mut earlier = Vec::new();
    for algorithm in [
        Algorithm::EdDsa,
        Algorithm::Es256,
        Algorithm::Es512,
        Algorithm::Rs256,
        Algorithm::Ps256,
    ] {
        server.restart(&[("AUTH_JWKS_ALG", algorithm.name())]);
        let token = server.token(&cookie);
        // At most the cool-down is in the way.
        let verified = until(async || verifier.verify(&token).await.ok()).await;
        assert_eq!(
            verified.claim_str("email"),
            Some("ada@example.test"),
            "{algorithm}"
        );
        assert_eq!(verified.issuer(), server.origin());
        let only = Verifier::builder()
            .issuer(server.origin())
            .audience(server.origin())
            .key_source(keys.clone())
            .algorithms([algorithm])
            .build()
            .unwrap();
        assert!(
            only.verify_now(&token).is_ok(),
            "{algorithm} is what signed"
        );
        earlier.push(token);
        for token in &earlier {
            assert!(
                verifier.verify_now(token).is_ok(),
                "an old token outlives its key's retirement"
            );
        }
    }
    let subjects: Vec<_> = earlier
        .iter()
        .map(|token| verifier.verify_now(token).unwrap())
        .collect();
    assert!(
        subjects
            .windows(2)
            .all(|pair| pair[0].subject() == pair[1].subject())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_44_sec_45_an_outage_is_outlived_and_a_new_database_followed() {
    let mut server = AuthServer::new();
    server.start(&[]);
    let cookie = server.sign_up("ada");
    let token = server.token(&cookie);
    let keys = server.keys();
    let verifier = server.verifier(&keys);
    assert!(
        until(async || verifier.verify(&token).await.ok())
            .await
            .subject()
            .len()
            > 8
    );
    server.stop();
    let failures = keys.status().failures;
    until(async || (keys.status().failures > failures + 1).then_some(())).await;
    assert!(
        verifier.verify(&token).await.is_ok(),
        "the last good set serves"
    );
    assert!(keys.is_ready());
    // Everything is lost: other users, other keys. The old token dies with its key.
    std::fs::remove_dir_all(&server.folder).unwrap();
    std::fs::create_dir_all(&server.folder).unwrap();
    server.start(&[]);
    let other = server.sign_up("bob");
    let other = server.token(&other);
    let verified = until(async || verifier.verify(&other).await.ok()).await;
    assert_eq!(verified.claim_str("name"), Some("bob"));
    assert_eq!(
        verifier.verify_now(&token).unwrap_err().code(),
        "unknown_key"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_46_a_server_that_is_not_there_yet_is_503_and_then_it_is() {
    let mut server = AuthServer::new();
    let keys = server.keys();
    let verifier = server.verifier(&keys);
    server.start(&[]);
    let cookie = server.sign_up("ada");
    let token = server.token(&cookie);
    let cold = RemoteKeySet::start("http://127.0.0.1:1/api/auth/jwks").unwrap();
    let refused = server.verifier(&cold).verify(&token).await.unwrap_err();
    assert!(matches!(refused, VerifyError::NoKeys { .. }), "{refused}");
    until(async || verifier.verify(&token).await.ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_20_a_replaced_secret_is_accepted_while_it_is_configured_as_previous() {
    let mut server = AuthServer::new();
    server.start(&[("TASKWARD_TOKENS", "shared-secret")]);
    let old = server.token(&server.sign_up("ada"));
    server.restart(&[
        ("TASKWARD_TOKENS", "shared-secret"),
        ("BETTER_AUTH_SECRET", NEW_SECRET),
        ("BETTER_AUTH_SECRET_PREVIOUS", SECRET),
    ]);
    let new = server.token(&server.sign_up("bob"));
    let decided = || {
        Verifier::builder()
            .issuer(server.origin())
            .audience(server.origin())
    };
    let secret = |text: &str| SharedSecret::new(text).unwrap();
    let before = decided().shared_secret(secret(SECRET)).build().unwrap();
    let during = decided()
        .shared_secret(secret(NEW_SECRET))
        .previous_secret(secret(SECRET))
        .build()
        .unwrap();
    let after = decided().shared_secret(secret(NEW_SECRET)).build().unwrap();
    let verdicts =
        |token: &str| [&before, &during, &after].map(|verifier| verifier.verify_now(token).is_ok());
    assert_eq!(verdicts(&old), [true, true, false]);
    assert_eq!(verdicts(&new), [false, true, true]);
    assert_eq!(
        during.verify_now(&new).unwrap().claim_str("email"),
        Some("bob@example.test")
    );
}
