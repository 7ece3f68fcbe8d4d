//! Runs a fuzz target without a fuzzer, on its corpus and on deterministic mutations of it.
//!
//! The tests of the crates that have fuzz targets include this file.

use std::path::Path;

/// Runs a target on each entry of a corpus, and on `mutations` mutations of each. `pieces` are fragments of the input's
/// language that mutations insert.
pub(crate) fn run(name: &str, pieces: &[&[u8]], mutations: u64, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(name);
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    assert!(entries.len() >= 10, "the corpus of {name} is incomplete");
    let inputs: Vec<Vec<u8>> = entries
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    let mut random = Random(0x5eed);
    for (input, path) in inputs.iter().zip(&entries) {
        target(input);
        for round in 0..mutations {
            let other = &inputs[random.below(inputs.len())];
            let mutated = random.mutate(input, other, pieces);
            let result = std::panic::catch_unwind(|| target(&mutated));
            assert!(
                result.is_ok(),
                "{} round {round}: {:?}",
                path.display(),
                String::from_utf8_lossy(&mutated)
            );
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), a deterministic pseudorandom number generator.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    /// Applies some mutations: changed bytes, deletions, repetitions, parts of another input, pieces.
    fn mutate(&mut self, input: &[u8], other: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            let place = self.below(bytes.len() + 1);
            let end = (place + self.below(16)).min(bytes.len());
            match self.below(5) {
                0 if place < bytes.len() => bytes[place] ^= 1 << self.below(8),
                1 => drop(bytes.drain(place..end)),
                2 => {
                    let piece = bytes[place..end].to_vec();
                    bytes.splice(place..place, piece);
                }
                3 => {
                    let from = self.below(other.len() + 1);
                    let to = (from + self.below(64)).min(other.len());
                    bytes.splice(place..end, other[from..to].iter().copied());
                }
                _ => {
                    let piece = pieces[self.below(pieces.len())];
                    bytes.splice(place..place, piece.iter().copied());
                }
            }
        }
        bytes
    }
}
