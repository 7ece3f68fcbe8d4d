//! The storage backend for more than one machine: PostgreSQL.
//!
//! Every statement names its owner, and row-level security shows a transaction only the rows of the user it is bound to;
//! either one suffices to keep users apart. `taskward migrate` makes the tables and roles. The server changes neither: it
//! refuses to start where they are not as expected.

mod address;
mod commit;
mod connection;
mod dedicated;
mod error;
mod events;
mod history;
mod known_accounts;
mod load;
mod migrate;
mod pool;
mod purge;
mod reads;
mod start_check;
mod statements;
mod store;
#[cfg(test)]
mod tests;
mod user_store;
mod values;
mod views;

pub use address::{AddressError, check as check_url};
pub use migrate::{MigrateError, migrate};
pub use store::{OpenError, PostgresStore};
