//! Loads public keys from a Better Auth server or a file and refreshes them in the background (feature `fetch`).

mod builder;
mod error;
mod file;
mod http;
mod refresher;
mod remote;
mod status;
mod url;

pub use builder::RemoteKeySetBuilder;
pub use error::{FetchError, RemoteKeySetError};
pub use file::FileKeySet;
pub use remote::RemoteKeySet;
pub use status::KeySetStatus;
