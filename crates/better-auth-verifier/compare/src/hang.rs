//! The 99th percentile of verification with known keys, while the key endpoint is healthy and while it hangs.

use std::time::{Duration, Instant};

use better_auth_verifier::testing::{KeyServer, Reply, TestIssuer};
use better_auth_verifier::{Algorithm, RemoteKeySet, Verifier};

const ISSUER: &str = "https://todo.example";
const ROUNDS: usize = 40;
const TOKENS: usize = 500;

pub fn table() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (healthy, hanging) = runtime.block_on(percentiles());
    println!("\n| EdDSA with a remote key set, without cache | p99, us | ratio |\n|---|---|---|");
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!("| endpoint healthy | {:.1} | 1.00 |", micros(healthy));
    println!(
        "| endpoint hanging, with tokens with unknown kids | {:.1} | {:.2} |",
        micros(hanging),
        micros(hanging) / micros(healthy)
    );
}

async fn percentiles() -> (Duration, Duration) {
    let issuer = TestIssuer::with_key(ISSUER, ISSUER, Algorithm::EdDsa);
    let server = KeyServer::start(issuer.jwks());
    let mut setups = Vec::new();
    for hang in [false, true] {
        let server = KeyServer::start(issuer.jwks());
        let keys = RemoteKeySet::builder(&server.url())
            .refresh_every(Duration::from_millis(200))
            .cool_down(Duration::from_millis(50))
            .start()
            .unwrap();
        keys.ready().await;
        if hang {
            server.set(Reply::Hang);
        }
        let verifier = Verifier::builder()
            .issuer(ISSUER)
            .audience(ISSUER)
            .key_source(keys)
            .token_cache_bytes(0);
        setups.push((hang, server, verifier.build().unwrap(), Vec::new()));
    }
    drop(server);
    let token = issuer.token("ada");
    let unknown = issuer.draft("ada").header("kid", "\"unknown\"").sign();
    // Alternates, so that load on the machine affects both.
    for _ in 0..ROUNDS {
        for (hang, _, verifier, times) in &mut setups {
            if *hang {
                let (verifier, unknown) = (verifier.clone(), unknown.clone());
                tokio::spawn(async move { verifier.verify(&unknown).await });
            }
            for _ in 0..TOKENS {
                let started = Instant::now();
                verifier.verify(&token).await.unwrap();
                times.push(started.elapsed());
            }
        }
    }
    let p99 = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() * 99 / 100]
    };
    (p99(&mut setups[0].3), p99(&mut setups[1].3))
}
