//! What a verification costs, beside the bare cryptography and beside the peers, as ratios from one run.
//!
//! `cargo run --release --manifest-path crates/better-auth-verifier/compare/Cargo.toml`
//! With `accepts` after `--`: what each of the three accepts, for COMPARE.md.
//!
//! The contenders of a table take turns in short batches, so that a noisy machine is noisy for all of them; the
//! lower quartile over the batches counts.

mod accepts;
mod contenders;
mod hang;

use std::hint::black_box;
use std::time::{Duration, Instant};

use better_auth_verifier::Algorithm;

/// One thing to be timed.
pub struct Contender {
    pub name: String,
    pub run: Box<dyn FnMut()>,
}

impl Contender {
    pub fn new<T>(name: impl Into<String>, mut work: impl FnMut() -> T + 'static) -> Self {
        Self {
            name: name.into(),
            run: Box::new(move || drop(black_box(work()))),
        }
    }
}

const BATCHES: usize = 200;
const BATCH: Duration = Duration::from_millis(2);

/// Lower quartile of the time of one run, for each, taking turns.
fn measure(contenders: &mut [Contender]) -> Vec<Duration> {
    let sizes: Vec<u32> = contenders.iter_mut().map(batch_size).collect();
    let mut times = vec![Vec::with_capacity(BATCHES); contenders.len()];
    for _ in 0..BATCHES {
        for (index, contender) in contenders.iter_mut().enumerate() {
            let started = Instant::now();
            for _ in 0..sizes[index] {
                (contender.run)();
            }
            times[index].push(started.elapsed() / sizes[index]);
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times[times.len() / 4]
        })
        .collect()
}

fn batch_size(contender: &mut Contender) -> u32 {
    let mut size = 1_u32;
    loop {
        let started = Instant::now();
        for _ in 0..size {
            (contender.run)();
        }
        if started.elapsed() >= BATCH {
            return size;
        }
        size *= 2;
    }
}

/// The first contender is what the others are compared with.
fn table(title: &str, mut contenders: Vec<Contender>) {
    let times = measure(&mut contenders);
    println!("\n| {title} | us | ratio |\n|---|---|---|");
    for (contender, time) in contenders.iter().zip(&times) {
        let micros = time.as_secs_f64() * 1e6;
        let ratio = time.as_secs_f64() / times[0].as_secs_f64();
        println!("| {} | {micros:.2} | {ratio:.2} |", contender.name);
    }
}

fn main() {
    if std::env::args().any(|argument| argument == "accepts") {
        accepts::table();
        return;
    }
    table("HS256", contenders::shared_secret());
    for algorithm in [
        Algorithm::EdDsa,
        Algorithm::Es256,
        Algorithm::Es512,
        Algorithm::Rs256,
        Algorithm::Ps256,
    ] {
        table(algorithm.name(), contenders::public_key(algorithm));
    }
    table("a token seen before (EdDSA)", contenders::seen_before());
    table("a refused token (EdDSA)", contenders::refused());
    hang::table();
}
