//! The secret that Better Auth and the server share on a developer's machine (SEC-99): 32 bytes from the system's
//! random source, generated once, in a file that only its owner can read, never printed.

use std::fs::{DirBuilder, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use fs_err::{self as fs, File};
use tempfile::NamedTempFile;

const BYTES: usize = 32;

/// A directory with one of these files is a data directory of Taskward.
const KNOWN_FILES: [&str; 3] = ["secret", "tasks.db", "auth.db"];

/// Makes sure that the data directory exists, is writable, and is closed to other users.
pub(crate) fn prepare_directory(data: &Path) -> Result<()> {
    let created = DirBuilder::new().recursive(true).mode(0o700).create(data);
    created.with_context(|| format!("cannot create the data directory {}", data.display()))?;
    let mode = mode(data)?;
    if mode & 0o077 != 0 {
        let is_known = KNOWN_FILES.iter().any(|file| data.join(file).is_file());
        ensure!(
            is_known || fs::read_dir(data)?.next().is_none(),
            "the data directory {} has other files in it and is open to other users (mode {mode:o}): choose a directory \
             for Taskward alone with --data",
            data.display()
        );
        restrict(data, 0o700)?;
    }
    let written = tempfile::tempfile_in(data);
    written.with_context(|| format!("cannot write into the data directory {}", data.display()))?;
    Ok(())
}

/// The secret of this data directory, generated if there is none.
pub(crate) fn load_or_generate(data: &Path) -> Result<String> {
    let path = data.join("secret");
    if !path.exists() {
        generate(&path, data).with_context(|| format!("cannot write {}", path.display()))?;
    }
    restrict(&path, 0o600)?;
    let secret = fs::read_to_string(&path)?.trim_end().to_owned();
    ensure!(
        secret.len() >= BYTES,
        "the secret in {} is too short: remove the file and start again, which signs everybody out",
        path.display()
    );
    Ok(secret)
}

fn generate(path: &Path, data: &Path) -> Result<()> {
    let mut bytes = [0_u8; BYTES];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    // Mode 0600. Renamed when complete, so that a crash leaves no truncated secret.
    let mut file = NamedTempFile::new_in(data)?;
    writeln!(file, "{secret}")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn mode(path: &Path) -> Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

fn restrict(path: &Path, mode: u32) -> Result<()> {
    Ok(fs::set_permissions(path, Permissions::from_mode(mode))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::{TempDir, tempdir};

    fn data_directory() -> TempDir {
        let data = tempdir().unwrap();
        prepare_directory(data.path()).unwrap();
        data
    }

    #[test]
    fn sec_99_the_secret_is_long_random_private_and_kept() {
        let parent = tempdir().unwrap();
        let data = parent.path().join("new");
        prepare_directory(&data).unwrap();
        let secret = load_or_generate(&data).unwrap();
        assert_eq!(load_or_generate(&data).unwrap(), secret);
        assert_eq!(secret.len(), 2 * BYTES);
        assert_ne!(load_or_generate(data_directory().path()).unwrap(), secret);
        assert_eq!(mode(&data).unwrap(), 0o700);
        assert_eq!(mode(&data.join("secret")).unwrap(), 0o600);
    }

    #[test]
    fn sec_99_a_directory_with_other_files_is_refused_and_left_as_it_is() {
        let data = data_directory();
        fs::write(data.path().join("letter"), "dear").unwrap();
        restrict(data.path(), 0o755).unwrap();
        let refusal = prepare_directory(data.path()).unwrap_err().to_string();
        assert!(refusal.contains("open to other users"), "{refusal}");
        assert_eq!(mode(data.path()).unwrap(), 0o755);
    }

    #[test]
    fn sec_99_a_readable_secret_and_its_directory_are_restricted() {
        let data = data_directory();
        let secret = load_or_generate(data.path()).unwrap();
        restrict(&data.path().join("secret"), 0o644).unwrap();
        restrict(data.path(), 0o755).unwrap();
        prepare_directory(data.path()).unwrap();
        assert_eq!(load_or_generate(data.path()).unwrap(), secret);
        assert_eq!(mode(&data.path().join("secret")).unwrap(), 0o600);
        assert_eq!(mode(data.path()).unwrap(), 0o700);
    }

    #[test]
    fn a_truncated_secret_is_refused() {
        let data = data_directory();
        fs::write(data.path().join("secret"), "abc").unwrap();
        let refusal = load_or_generate(data.path()).unwrap_err().to_string();
        assert!(refusal.contains("too short"), "{refusal}");
    }
}
