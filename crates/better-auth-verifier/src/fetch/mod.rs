//! Fetches public keys from a Better Auth server and refreshes them in the background (feature `fetch`).

mod builder;
mod error;
mod http;
mod refresher;
mod remote;
mod status;
mod url;

pub use builder::RemoteKeySetBuilder;
pub use error::{FetchError, RemoteKeySetError};
pub use remote::RemoteKeySet;
pub use status::KeySetStatus;
