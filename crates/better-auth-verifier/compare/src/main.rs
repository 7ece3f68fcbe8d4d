//! Benchmarks of verification, compared with bare cryptography and other crates.
//!
//! Run `cargo run --release --manifest-path crates/better-auth-verifier/compare/Cargo.toml`. The argument `accepts` prints
//! the table of accepted tokens for COMPARE.md instead.
//!
//! The candidates of a table alternate in short batches, so that load on the machine affects all of them. The result is
//! the lower quartile over the batches.

mod accepts;
mod candidates;
mod hang;

use std::hint::black_box;
use std::time::{Duration, Instant};

use better_auth_verifier::Algorithm;

/// A function to measure.
pub struct Candidate {
    pub name: String,
    pub run: Box<dyn FnMut()>,
}

impl Candidate {
    pub fn new<T>(name: impl Into<String>, mut work: impl FnMut() -> T + 'static) -> Self {
        Self {
            name: name.into(),
            run: Box::new(move || drop(black_box(work()))),
        }
    }
}

const BATCHES: usize = 200;
const BATCH: Duration = Duration::from_millis(2);

/// The lower quartile of the duration of one run, for each candidate.
fn measure(candidates: &mut [Candidate]) -> Vec<Duration> {
    let sizes: Vec<u32> = candidates.iter_mut().map(batch_size).collect();
    let mut times = vec![Vec::with_capacity(BATCHES); candidates.len()];
    for _ in 0..BATCHES {
        for (index, candidate) in candidates.iter_mut().enumerate() {
            let started = Instant::now();
            for _ in 0..sizes[index] {
                (candidate.run)();
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

fn batch_size(candidate: &mut Candidate) -> u32 {
    let mut size = 1_u32;
    loop {
        let started = Instant::now();
        for _ in 0..size {
            (candidate.run)();
        }
        if started.elapsed() >= BATCH {
            return size;
        }
        size *= 2;
    }
}

/// Ratios are relative to the first candidate.
fn table(title: &str, mut candidates: Vec<Candidate>) {
    let times = measure(&mut candidates);
    println!("\n| {title} | us | ratio |\n|---|---|---|");
    for (candidate, time) in candidates.iter().zip(&times) {
        let micros = time.as_secs_f64() * 1e6;
        let ratio = time.as_secs_f64() / times[0].as_secs_f64();
        println!("| {} | {micros:.2} | {ratio:.2} |", candidate.name);
    }
}

fn main() {
    if std::env::args().any(|argument| argument == "accepts") {
        accepts::table();
        return;
    }
    table("HS256", candidates::shared_secret());
    for algorithm in [
        Algorithm::EdDsa,
        Algorithm::Es256,
        Algorithm::Es512,
        Algorithm::Rs256,
        Algorithm::Ps256,
    ] {
        table(algorithm.name(), candidates::public_key(algorithm));
    }
    table("a cached token (EdDSA)", candidates::cached());
    table("a refused token (EdDSA)", candidates::refused());
    hang::table();
}
