//! The secret that Better Auth and the server share on a developer's machine (SEC-99).
//!
//! 32 bytes from the system's random source, made once, kept in a file that only its owner reads, never printed.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::failure::{Failure, Outcome, While};

const BYTES: usize = 32;

/// Files by which a data directory of ours is known.
const OURS: [&str; 3] = ["secret", "tasks.db", "auth.db"];

/// Makes sure that the data directory is there, writable, and closed to other users.
pub(crate) fn prepare_directory(data: &Path) -> Outcome<()> {
    let created = DirBuilder::new().recursive(true).mode(0o700).create(data);
    created.while_doing(|| format!("cannot create the data directory {}", data.display()))?;
    let mode = mode(data)?;
    if mode & 0o077 != 0 {
        if !is_ours(data)? {
            return Err(Failure::because(format!(
                "the data directory {} holds other files and is open to other users (mode {mode:o}): name one of its \
                 own with --data",
                data.display()
            )));
        }
        restrict(data, 0o700)?;
    }
    let probe = data.join(".writable");
    File::create(&probe)
        .and_then(|_file| fs::remove_file(&probe))
        .while_doing(|| format!("cannot write into the data directory {}", data.display()))
}

/// The secret of this data directory, made if there is none.
pub(crate) fn load_or_generate(data: &Path) -> Outcome<String> {
    let path = data.join("secret");
    match fs::read_to_string(&path) {
        Ok(secret) => {
            let secret = secret.trim_end_matches('\n').to_owned();
            if secret.len() < BYTES {
                return Err(Failure::because(format!(
                    "the secret in {} is too short: remove the file and start again, which signs everybody out",
                    path.display()
                )));
            }
            restrict(&path, 0o600)?;
            Ok(secret)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => generate(&path),
        Err(error) => Err(Failure::because(format!(
            "cannot read {}: {error}",
            path.display()
        ))),
    }
}

fn generate(path: &Path) -> Outcome<String> {
    let mut bytes = [0_u8; BYTES];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .while_doing(|| "cannot read random bytes".into())?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    // Written aside and renamed: a crash leaves no half of a secret.
    let aside = path.with_extension("new");
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)
        .and_then(|mut file| {
            writeln!(file, "{secret}")?;
            file.sync_all()?;
            fs::rename(&aside, path)
        });
    written.while_doing(|| format!("cannot write {}", path.display()))?;
    Ok(secret)
}

fn is_ours(data: &Path) -> Outcome<bool> {
    let mut entries =
        fs::read_dir(data).while_doing(|| format!("cannot read {}", data.display()))?;
    Ok(entries.next().is_none() || OURS.iter().any(|file| data.join(file).is_file()))
}

fn mode(path: &Path) -> Outcome<u32> {
    let metadata = fs::metadata(path).while_doing(|| format!("cannot read {}", path.display()))?;
    Ok(metadata.permissions().mode() & 0o777)
}

fn restrict(path: &Path, mode: u32) -> Outcome<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .while_doing(|| format!("cannot restrict {} to its owner", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn empty_folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("xtask-secret-{name}-{}", std::process::id()));
        let _left_over = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn sec_99_the_secret_is_long_private_and_kept() {
        let data = empty_folder("kept");
        prepare_directory(&data).unwrap();
        let first = load_or_generate(&data).unwrap();
        let second = load_or_generate(&data).unwrap();
        assert_eq!(first, second);
        assert_eq!(first.len(), 2 * BYTES);
        assert_eq!(mode(&data).unwrap(), 0o700);
        assert_eq!(mode(&data.join("secret")).unwrap(), 0o600);
        fs::remove_dir_all(&data).unwrap();
    }

    #[test]
    fn sec_99_two_directories_have_two_secrets() {
        let (one, two) = (empty_folder("one"), empty_folder("two"));
        prepare_directory(&one).unwrap();
        prepare_directory(&two).unwrap();
        assert_ne!(
            load_or_generate(&one).unwrap(),
            load_or_generate(&two).unwrap()
        );
        fs::remove_dir_all(&one).unwrap();
        fs::remove_dir_all(&two).unwrap();
    }

    #[test]
    fn sec_99_a_directory_of_other_things_is_not_taken_over() {
        let data = empty_folder("foreign");
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("letter"), "dear").unwrap();
        restrict(&data, 0o755).unwrap();
        let refusal = prepare_directory(&data).unwrap_err().to_string();
        assert!(refusal.contains("open to other users"), "{refusal}");
        assert_eq!(mode(&data).unwrap(), 0o755);
        fs::remove_dir_all(&data).unwrap();
    }

    #[test]
    fn sec_99_an_open_secret_is_closed() {
        let data = empty_folder("open");
        prepare_directory(&data).unwrap();
        let secret = load_or_generate(&data).unwrap();
        restrict(&data.join("secret"), 0o644).unwrap();
        assert_eq!(load_or_generate(&data).unwrap(), secret);
        assert_eq!(mode(&data.join("secret")).unwrap(), 0o600);
        fs::remove_dir_all(&data).unwrap();
    }

    #[test]
    fn a_truncated_secret_is_refused() {
        let data = empty_folder("short");
        prepare_directory(&data).unwrap();
        fs::write(data.join("secret"), "abc").unwrap();
        assert!(
            load_or_generate(&data)
                .unwrap_err()
                .to_string()
                .contains("too short")
        );
        fs::remove_dir_all(&data).unwrap();
    }

    #[test]
    fn a_data_path_that_is_a_file_is_refused_in_words() {
        let data = empty_folder("file");
        fs::write(&data, "").unwrap();
        let refusal = prepare_directory(&data).unwrap_err().to_string();
        assert!(
            refusal.starts_with("cannot create the data directory"),
            "{refusal}"
        );
        fs::remove_file(&data).unwrap();
    }
}
