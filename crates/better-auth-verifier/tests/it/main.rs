//! Behaviour from outside: one binary, one module a topic.
//!
//! Names start with the id of the requirement they prove (`sec_12_...`).

mod modes;
