//! Public keys in a file.
//!
//! Invariant: a file that cannot be read or is not a key set removes no keys.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::error::{FetchError, RemoteKeySetError};
use super::refresher::{self, Origin, Shared};
use super::remote::RemoteKeySet;
use super::status::KeySetStatus;
use crate::cache::Timing;
use crate::keys::{KeySet, KeySetError};
use crate::limits::MAX_JWKS_BYTES;
use crate::source::{KeySource, KeysUnavailable, Refetch};

const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The public keys of a Better Auth server in a JWKS file (RFC 7517), such as a copy of `{origin}/api/auth/jwks` that is
/// mounted into a container.
///
/// A background task reads the file every 2 seconds, and at once if a token names an unknown key, so a changed file takes
/// effect without a restart. Replace it with a rename: a file that is missing, cannot be read, or is not a key set keeps
/// the keys that were loaded, for at most an hour, and is reported by a warning in the log. The file may be missing at
/// the start. Clones share the task. It stops when the last clone is dropped, including the clones that verifiers hold.
///
/// ```no_run
/// use better_auth_verifier::{FileKeySet, Verifier};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = FileKeySet::start("/run/keys/jwks.json")?;
/// let verifier = Verifier::builder()
///     .issuer("https://todo.example")
///     .audience("https://todo.example")
///     .key_source(keys.clone())
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FileKeySet {
    keys: RemoteKeySet,
}

impl FileKeySet {
    /// Starts reading `path` in the background and returns without waiting for the first read.
    ///
    /// RSA keys without `alg` are skipped. Better Auth publishes `alg`.
    ///
    /// # Errors
    /// [`RemoteKeySetError::NoRuntime`] if there is no tokio runtime.
    pub fn start(path: impl Into<PathBuf>) -> Result<Self, RemoteKeySetError> {
        Self::polling(path.into(), POLL_INTERVAL)
    }

    /// Starts as [`FileKeySet::start`] does, with another interval between reads, for tests.
    ///
    /// # Errors
    /// As [`FileKeySet::start`].
    #[cfg(feature = "testing")]
    pub fn start_polling(
        path: impl Into<PathBuf>,
        interval: Duration,
    ) -> Result<Self, RemoteKeySetError> {
        Self::polling(path.into(), interval)
    }

    fn polling(path: PathBuf, interval: Duration) -> Result<Self, RemoteKeySetError> {
        let timing = Timing {
            refresh: interval,
            cool_down: interval,
            first_retry: interval,
            max_retry: interval,
            ..Timing::default()
        };
        let runtime = Handle::try_current().map_err(|_| RemoteKeySetError::NoRuntime)?;
        let shared = Arc::new(Shared::new(timing));
        let origin = Origin::File(KeyFile::new(path));
        let task = runtime.spawn(refresher::run(Arc::clone(&shared), origin));
        Ok(Self {
            keys: RemoteKeySet::new(shared, task.abort_handle()),
        })
    }

    /// Returns whether keys are loaded. See [`RemoteKeySet::is_ready`].
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.keys.is_ready()
    }

    /// Waits until keys are loaded. Has no timeout.
    pub async fn ready(&self) {
        self.keys.ready().await;
    }

    /// Waits until the file was read once, with or without success. [`FileKeySet::status`] has the error.
    pub async fn attempted(&self) {
        self.keys.attempted().await;
    }

    /// Returns the state of the background task. A fetch is a read of the file.
    #[must_use]
    pub fn status(&self) -> KeySetStatus {
        self.keys.status()
    }
}

impl KeySource for FileKeySet {
    fn keys(&self) -> Result<KeySet, KeysUnavailable> {
        self.keys.keys()
    }

    fn refetch(&self, kid: &str) -> Option<Refetch> {
        self.keys.refetch(kid)
    }
}

/// The file and the result of its last successful read.
pub(super) struct KeyFile {
    path: PathBuf,
    last: Option<(Vec<u8>, Result<KeySet, KeySetError>)>,
}

impl KeyFile {
    fn new(path: PathBuf) -> Self {
        Self { path, last: None }
    }

    /// Compares the content and not the time of the last change, which has the resolution of the file system. Parses a
    /// content once, so that parsing logs an error once.
    pub(super) async fn read(&mut self) -> Result<KeySet, FetchError> {
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        let content = read
            .unwrap_or(Err(ErrorKind::Other))
            .map_err(|kind| FetchError::File { kind })?;
        if let Some((known, result)) = &self.last
            && *known == content
        {
            return result.clone().map_err(FetchError::Document);
        }
        let result = KeySet::read(&content, None);
        self.last = Some((content, result.clone()));
        result.map_err(FetchError::Document)
    }
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, ErrorKind> {
    // Before opening: to open a named pipe waits for a writer.
    let metadata = fs::metadata(path).map_err(|error| error.kind())?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory);
    }
    if !metadata.is_file() {
        return Err(ErrorKind::InvalidInput);
    }
    let file = fs::File::open(path).map_err(|error| error.kind())?;
    let mut content = Vec::new();
    // One byte more than the maximum, which parsing then refuses.
    let limit = u64::try_from(MAX_JWKS_BYTES).unwrap_or(u64::MAX) + 1;
    file.take(limit)
        .read_to_end(&mut content)
        .map_err(|error| error.kind())?;
    Ok(content)
}
