//! Ids of occurrences.

use taskward_recurrence::occurrence_id;

const BASE: u128 = 0x0198_f5d0_7c3a_7b21_9e4f_3a5b_6c7d_8e9f;

#[test]
fn ids_of_occurrences_are_those_of_the_specification() {
    assert_eq!(occurrence_id(BASE, 1), BASE);
    let expected = [
        (2, 0x0198_f5d0_7c3a_7b21_b037_a431_cdc4_eb6b),
        (3, 0x0198_f5d0_7c3a_7b21_988b_6743_ec74_cbd0),
        (1000, 0x0198_f5d0_7c3a_7b21_8aaf_91e9_d3b2_f2a1),
    ];
    for (n, id) in expected {
        assert_eq!(occurrence_id(BASE, n), id, "{n}");
    }
}

#[test]
fn time_version_and_variant_stay_and_ids_differ() {
    let numbers = (1..=20_000).chain((0..100).map(|version| (1 << 32) + version));
    let mut ids: Vec<u128> = numbers.map(|n| occurrence_id(BASE, n)).collect();
    assert!(ids.iter().all(|id| id >> 62 == BASE >> 62));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
