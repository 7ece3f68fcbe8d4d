//! Tests with a running Better Auth server: every algorithm, key rotation, secret rotation, an outage.
//!
//! `BETTER_AUTH_SERVER` is the path of the built server's `main.js`. Without it, all tests fail. The server's npm packages
//! must be installed next to it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests and their helpers fail by panicking"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use better_auth_verifier::{Algorithm, RemoteKeySet, SharedSecret, Verifier, VerifyError};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

const SECRET: &str = "k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn";
const NEW_SECRET: &str = "Zx9Kq2Lm4Np6Rt8Vw0Yb1Cd3Ef5Gh7Jk";
const TIMEOUT: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// A script that moves the dates of all signing keys back by a number of milliseconds.
const AGE_SIGNING_KEYS: &str = r#"
import { DatabaseSync } from "@photostructure/sqlite";
const [path, milliseconds] = process.argv.slice(1);
const database = new DatabaseSync(path);
database.exec("PRAGMA busy_timeout = 5000");
const earlier = (date) => new Date(Date.parse(date) - Number(milliseconds)).toISOString();
const update = database.prepare("UPDATE jwks SET createdAt = ?, expiresAt = ? WHERE id = ?");
for (const key of database.prepare("SELECT id, createdAt, expiresAt FROM jwks").all()) {
  update.run(earlier(key.createdAt), earlier(key.expiresAt), key.id);
}
database.close();
"#;

/// An auth server process with a port and directory that it keeps over restarts.
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

    /// Starts the server with additional settings, and waits until it listens.
    fn start(&mut self, settings: &[(&str, &str)]) {
        let mut process = node()
            .arg(main_script())
            .env("AUTH_LISTEN", format!("127.0.0.1:{}", self.port))
            .env(
                "AUTH_DATABASE_URL",
                format!("sqlite:{}", self.database().display()),
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
        // Drains stdout, so that the server does not block on a full pipe.
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

    fn database(&self) -> PathBuf {
        self.folder.join("auth.db")
    }

    /// Moves the dates of the signing keys back while the server runs. Sessions and tokens do not change.
    fn age_signing_keys(&self, by: Duration) {
        let packages = main_script();
        let packages = packages.parent().unwrap();
        let status = node()
            .current_dir(packages)
            .args(["--input-type=module", "--eval", AGE_SIGNING_KEYS])
            .arg(self.database())
            .arg(by.as_millis().to_string())
            .status()
            .unwrap();
        assert!(status.success(), "the keys' dates were not changed");
    }

    fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// A remote key set with short intervals.
    fn keys(&self) -> RemoteKeySet {
        let builder = RemoteKeySet::builder(&self.jwks()).refresh_every(Duration::from_millis(500));
        builder
            .cool_down(Duration::from_millis(200))
            .start()
            .unwrap()
    }

    fn jwks(&self) -> String {
        format!("http://127.0.0.1:{}/api/auth/jwks", self.port)
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

    /// Sends a request with HTTP/1.0, so that the server closes the connection after the response.
    fn request(
        &self,
        method: &str,
        path: &str,
        cookie: &str,
        body: Option<&Value>,
    ) -> (String, Value) {
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
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{path}: {response}");
        (head.to_owned(), serde_json::from_str(body).unwrap())
    }

    /// Signs up a user. Returns the session cookie.
    fn sign_up(&self, name: &str) -> String {
        let email = format!("{name}@example.test");
        let person = json!({"name": name, "email": email, "password": "a long enough password"});
        let (head, _) = self.request("POST", "sign-up/email", "", Some(&person));
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        let cookies = fields.filter(|(field, _)| field.eq_ignore_ascii_case("set-cookie"));
        cookies
            .map(|(_, value)| value.split(';').next().unwrap())
            .collect::<Vec<_>>()
            .join("; ")
    }

    fn token(&self, cookie: &str) -> String {
        let (_, body) = self.request("GET", "token", cookie, None);
        body["token"].as_str().unwrap().to_owned()
    }
}

impl Drop for AuthServer {
    fn drop(&mut self) {
        self.stop();
        let _left_over = std::fs::remove_dir_all(&self.folder);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the path of the server is a setting of the test run"
)]
fn main_script() -> PathBuf {
    std::env::var("BETTER_AUTH_SERVER")
        .expect("BETTER_AUTH_SERVER names the built auth server")
        .into()
}

/// Node with an empty environment except `PATH`.
#[expect(
    clippy::disallowed_methods,
    reason = "node is found with the PATH of the test run"
)]
fn node() -> Command {
    let mut node = Command::new("node");
    node.env_clear().env("PATH", std::env::var("PATH").unwrap());
    node
}

/// `alg` and `kid` of a token's header.
fn signed_with(token: &str) -> (String, String) {
    let header = token.split('.').next().unwrap();
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    let text = |name: &str| header[name].as_str().unwrap().to_owned();
    (text("alg"), text("kid"))
}

/// Calls `poll` until it returns a value, and yields to other tasks in between. Panics after the timeout.
async fn wait_until<T>(mut poll: impl AsyncFnMut() -> Option<T>) -> T {
    let polling = async {
        loop {
            if let Some(found) = poll().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, polling)
        .await
        .expect("the condition holds before the timeout")
}

/// A start with another algorithm retires the current key. Tokens that it signed stay valid.
#[tokio::test(flavor = "multi_thread")]
async fn sec_42_sec_43_every_algorithm_and_each_change_of_it_is_accepted() {
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
        // Waits for the cool-down.
        let verified = wait_until(async || verifier.verify(&token).await.ok()).await;
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
        assert!(only.verify_now(&token).is_ok(), "signed with {algorithm}");
        earlier.push(token);
        for token in &earlier {
            assert!(
                verifier.verify_now(token).is_ok(),
                "old tokens stay valid after their key is retired"
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

/// Better Auth's automatic rotation: after a key expires, the next token is signed with a new key.
#[tokio::test(flavor = "multi_thread")]
async fn sec_42_sec_43_a_rotated_key_is_accepted_and_the_old_one_until_its_grace_period_ends() {
    let mut server = AuthServer::new();
    server.start(&[("AUTH_JWKS_ROTATION", "3600")]);
    let cookie = server.sign_up("ada");
    let first = server.token(&cookie);
    // One verifier whose keys are refetched only for tokens, and one whose keys are refreshed in short intervals.
    let on_demand = RemoteKeySet::start(&server.jwks()).unwrap();
    let on_demand_verifier = server.verifier(&on_demand);
    let scheduled = server.keys();
    let scheduled_verifier = server.verifier(&scheduled);
    on_demand.ready().await;
    scheduled.ready().await;
    assert!(
        on_demand_verifier.verify_now(&first).is_ok()
            && scheduled_verifier.verify_now(&first).is_ok()
    );
    assert_eq!(
        (on_demand.status().fetches, on_demand.status().keys),
        (1, 1)
    );

    server.age_signing_keys(HOUR);
    let second = server.token(&cookie);
    let ((algorithm, old_kid), (new_algorithm, new_kid)) =
        (signed_with(&first), signed_with(&second));
    assert_eq!(algorithm, new_algorithm);
    assert_ne!(old_kid, new_kid);
    assert_eq!(
        on_demand_verifier.verify_now(&second).unwrap_err().code(),
        "unknown_key"
    );
    let (one, other) = tokio::join!(
        on_demand_verifier.verify(&second),
        on_demand_verifier.verify(&second)
    );
    assert_eq!(
        one.unwrap().subject(),
        on_demand_verifier.verify_now(&first).unwrap().subject()
    );
    assert!(other.is_ok());
    let status = on_demand.status();
    assert_eq!(
        (status.fetches, status.triggered, status.keys),
        (2, 1, 2),
        "one fetch for the new key, and the old one is still served"
    );

    // After the grace period of two hours, the server no longer publishes the replaced key. Its tokens have not expired.
    assert!(scheduled_verifier.verify(&second).await.is_ok());
    assert!(scheduled_verifier.verify_now(&first).is_ok());
    server.age_signing_keys(HOUR * 2);
    let refused = wait_until(async || scheduled_verifier.verify_now(&first).err()).await;
    assert_eq!(refused.code(), "unknown_key");
    assert!(
        scheduled_verifier.verify_now(&second).is_ok(),
        "the second key is within its grace period"
    );
    let third = server.token(&cookie);
    assert_ne!(signed_with(&third).1, new_kid);
    wait_until(async || scheduled_verifier.verify(&third).await.ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_44_sec_45_known_keys_are_used_in_an_outage_and_those_of_a_new_database_after_it() {
    let mut server = AuthServer::new();
    server.start(&[]);
    let cookie = server.sign_up("ada");
    let token = server.token(&cookie);
    let keys = server.keys();
    let verifier = server.verifier(&keys);
    assert!(
        wait_until(async || verifier.verify(&token).await.ok())
            .await
            .subject()
            .len()
            > 8
    );
    server.stop();
    let failures = keys.status().failures;
    wait_until(async || (keys.status().failures > failures + 1).then_some(())).await;
    assert!(
        verifier.verify(&token).await.is_ok(),
        "the last key set is used"
    );
    assert!(keys.is_ready());
    // A new database has other users and keys, so the old token's key is removed.
    std::fs::remove_dir_all(&server.folder).unwrap();
    std::fs::create_dir_all(&server.folder).unwrap();
    server.start(&[]);
    let other = server.sign_up("bob");
    let other = server.token(&other);
    let verified = wait_until(async || verifier.verify(&other).await.ok()).await;
    assert_eq!(verified.claim_str("name"), Some("bob"));
    assert_eq!(
        verifier.verify_now(&token).unwrap_err().code(),
        "unknown_key"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_46_tokens_get_503_until_the_server_starts() {
    let mut server = AuthServer::new();
    let keys = server.keys();
    let verifier = server.verifier(&keys);
    server.start(&[]);
    let cookie = server.sign_up("ada");
    let token = server.token(&cookie);
    let unreachable = RemoteKeySet::start("http://127.0.0.1:1/api/auth/jwks").unwrap();
    let refused = server
        .verifier(&unreachable)
        .verify(&token)
        .await
        .unwrap_err();
    assert!(matches!(refused, VerifyError::NoKeys { .. }), "{refused}");
    wait_until(async || verifier.verify(&token).await.ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_20_the_previous_secret_is_accepted_while_it_is_configured() {
    let mut server = AuthServer::new();
    server.start(&[("TASKWARD_TOKENS", "shared-secret")]);
    let old = server.token(&server.sign_up("ada"));
    server.restart(&[
        ("TASKWARD_TOKENS", "shared-secret"),
        ("BETTER_AUTH_SECRET", NEW_SECRET),
        ("BETTER_AUTH_SECRET_PREVIOUS", SECRET),
    ]);
    let new = server.token(&server.sign_up("bob"));
    let builder = || {
        Verifier::builder()
            .issuer(server.origin())
            .audience(server.origin())
    };
    let secret = |text: &str| SharedSecret::new(text).unwrap();
    let before = builder().shared_secret(secret(SECRET)).build().unwrap();
    let during = builder()
        .shared_secret(secret(NEW_SECRET))
        .previous_secret(secret(SECRET))
        .build()
        .unwrap();
    let after = builder().shared_secret(secret(NEW_SECRET)).build().unwrap();
    let results =
        |token: &str| [&before, &during, &after].map(|verifier| verifier.verify_now(token).is_ok());
    assert_eq!(results(&old), [true, true, false]);
    assert_eq!(results(&new), [false, true, true]);
    assert_eq!(
        during.verify_now(&new).unwrap().claim_str("email"),
        Some("bob@example.test")
    );
}
