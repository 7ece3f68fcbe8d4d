//! The vectors that were written by hand.

use crate::cases;

#[test]
fn every_vector_gives_its_expectation() {
    let file = cases::read("quick-add.json");
    assert!(file.cases.len() >= 326, "the vectors are incomplete");
    let wrong: Vec<String> = file
        .cases
        .iter()
        .filter_map(|case| {
            let answer = cases::answer(case, &file.names);
            (answer != case["expect"]).then(|| {
                format!(
                    "{} {}\n  got      {answer}\n  expected {}",
                    case["id"], case["text"], case["expect"]
                )
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
