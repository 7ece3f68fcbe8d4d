//! Runs the fuzz target without a fuzzer, on its corpus and on deterministic mutations of it.

use std::path::Path;

use crate::fuzz_target::quick_add;
use crate::random::Random;

/// Number of mutations of each corpus entry.
const MUTATIONS: u64 = 60;

const PIECES: &[&[u8]] = &[
    b" ",
    b"  ",
    b"\"",
    b"\\",
    b"#",
    b"@",
    b" // ",
    b",",
    b":",
    b"every ",
    b" at ",
    b" on ",
    b"p1",
    b"5pm",
    b"31",
    b"99999999999999999999",
    b"\xff",
    b"\xcc\x81",
];

#[test]
fn any_text_keeps_the_properties() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/quick_add");
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    assert!(entries.len() >= 10, "the corpus is incomplete");
    let inputs: Vec<Vec<u8>> = entries
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    let mut random = Random(0x5eed);
    for (input, path) in inputs.iter().zip(&entries) {
        quick_add(input);
        for round in 0..MUTATIONS {
            let other = &inputs[random.below(inputs.len())];
            let mutated = mutate(&mut random, input, other);
            let result = std::panic::catch_unwind(|| quick_add(&mutated));
            assert!(
                result.is_ok(),
                "{} round {round}: {:?}",
                path.display(),
                String::from_utf8_lossy(&mutated)
            );
        }
    }
}

/// Applies some mutations: changed bytes, deletions, repetitions, parts of another input, pieces of the grammar.
fn mutate(random: &mut Random, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        let place = random.below(bytes.len() + 1);
        let end = (place + random.below(16)).min(bytes.len());
        match random.below(5) {
            0 if place < bytes.len() => bytes[place] ^= 1 << random.below(8),
            1 => drop(bytes.drain(place..end)),
            2 => {
                let piece = bytes[place..end].to_vec();
                bytes.splice(place..place, piece);
            }
            3 => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(64)).min(other.len());
                bytes.splice(place..end, other[from..to].iter().copied());
            }
            _ => drop(bytes.splice(place..place, random.pick(PIECES).iter().copied())),
        }
    }
    bytes
}
