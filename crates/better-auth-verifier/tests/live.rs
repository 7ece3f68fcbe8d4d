//! The verifier beside a real Better Auth: every algorithm, key rotation, secret rotation, an outage.
//!
//! `BETTER_AUTH_SERVER` names the built server's `main.js`; without it every test here fails, since a green run would
//! say something that was not looked at. Its packages lie beside it, and one of them opens its database.

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
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

const SECRET: &str = "k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn";
const NEW_SECRET: &str = "Zx9Kq2Lm4Np6Rt8Vw0Yb1Cd3Ef5Gh7Jk";
const LONG: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// Moves the dates of every signing key back by so many milliseconds: what the same time would do by passing.
const AGE_SIGNING_KEYS: &str = r#"
import Libsql from "libsql";
const [path, milliseconds] = process.argv.slice(1);
const database = new Libsql(path);
database.exec("PRAGMA busy_timeout = 5000");
const earlier = (date) => new Date(Date.parse(date) - Number(milliseconds)).toISOString();
const update = database.prepare("UPDATE jwks SET createdAt = ?, expiresAt = ? WHERE id = ?");
for (const key of database.prepare("SELECT id, createdAt, expiresAt FROM jwks").all()) {
  update.run(earlier(key.createdAt), earlier(key.expiresAt), key.id);
}
database.close();
"#;

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

    fn database(&self) -> PathBuf {
        self.folder.join("auth.db")
    }

    /// Makes the signing keys older while the server runs on. Only they age: sessions and tokens stay as they are.
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

    /// Keys that are asked for often, so that a test need not wait for the schedule.
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

/// Where the server was built.
#[expect(
    clippy::disallowed_methods,
    reason = "where the server was built is a setting of the test run"
)]
fn main_script() -> PathBuf {
    std::env::var("BETTER_AUTH_SERVER")
        .expect("BETTER_AUTH_SERVER names the built auth server")
        .into()
}

/// Node with no settings but where to find programs.
#[expect(
    clippy::disallowed_methods,
    reason = "a program is found where the test run finds it"
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

/// Rotation as Better Auth does it by itself: same algorithm, the next token after a key's time has a key nobody knows.
#[tokio::test(flavor = "multi_thread")]
async fn sec_42_sec_43_rotation_on_a_live_server_is_followed_and_ends_with_the_grace() {
    let mut server = AuthServer::new();
    server.start(&[("AUTH_JWKS_ROTATION", "3600")]);
    let cookie = server.sign_up("ada");
    let first = server.token(&cookie);
    // One verifier whose keys change only when a token asks, and one whose keys only follow the schedule's short beat.
    let asked = RemoteKeySet::start(&server.jwks()).unwrap();
    let by_asking = server.verifier(&asked);
    let scheduled = server.keys();
    let by_schedule = server.verifier(&scheduled);
    asked.ready().await;
    scheduled.ready().await;
    assert!(by_asking.verify_now(&first).is_ok() && by_schedule.verify_now(&first).is_ok());
    assert_eq!((asked.status().fetches, asked.status().keys), (1, 1));

    server.age_signing_keys(HOUR);
    let second = server.token(&cookie);
    let ((algorithm, old_kid), (new_algorithm, new_kid)) =
        (signed_with(&first), signed_with(&second));
    assert_eq!(algorithm, new_algorithm);
    assert_ne!(old_kid, new_kid);
    assert_eq!(
        by_asking.verify_now(&second).unwrap_err().code(),
        "unknown_key"
    );
    let (one, other) = tokio::join!(by_asking.verify(&second), by_asking.verify(&second));
    assert_eq!(
        one.unwrap().subject(),
        by_asking.verify_now(&first).unwrap().subject()
    );
    assert!(other.is_ok());
    let status = asked.status();
    assert_eq!(
        (status.fetches, status.triggered, status.keys),
        (2, 1, 2),
        "one fetch for the new key, and the old one is still served"
    );

    // Past the two hours for which the server goes on serving a replaced key; its tokens are still within their `exp`.
    assert!(by_schedule.verify(&second).await.is_ok());
    assert!(by_schedule.verify_now(&first).is_ok());
    server.age_signing_keys(HOUR * 2);
    let refused = until(async || by_schedule.verify_now(&first).err()).await;
    assert_eq!(refused.code(), "unknown_key");
    assert!(
        by_schedule.verify_now(&second).is_ok(),
        "the key after it is within its own grace"
    );
    let third = server.token(&cookie);
    assert_ne!(signed_with(&third).1, new_kid);
    until(async || by_schedule.verify(&third).await.ok()).await;
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
