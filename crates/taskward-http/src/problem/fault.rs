//! From the rules of the domain to the field errors of a 422.
//!
//! Texts that quote what the client sent are replaced here (SEC-81).

use taskward_domain::{BrokenRule, Fault};

use super::FieldError;

/// The parts of a recurrence rule, for the texts below.
const RULE_PARTS: &str =
    "FREQ, INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, COUNT, UNTIL, WKST, RSCALE and SKIP";

/// The field error of a member of what describes a record. `base` is where that is in the body.
pub(super) fn field_error(base: &str, fault: &Fault) -> FieldError {
    let pointer = format!("{base}{}", fault.pointer);
    FieldError::at(pointer, fault.rule.code(), rule_text(&fault.rule))
}

/// The rule in words that follow the member.
pub(crate) fn rule_text(rule: &BrokenRule) -> String {
    match rule {
        BrokenRule::InvalidRule(_) => format!(
            "is not a recurrence rule: it must have parts NAME=VALUE of RFC 5545 with ; between them, FREQ among them, each \
             once and with a value in its range; the parts are {RULE_PARTS}"
        ),
        BrokenRule::UnsupportedRule(_) => format!(
            "is a recurrence rule that is not supported: it may have {RULE_PARTS}, in the combinations that the API's \
             description names"
        ),
        // Its text names the place and what was expected there, not what was found.
        rule => rule.to_string(),
    }
}
