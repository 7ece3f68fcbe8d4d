//! Copies the built web app to where the compiler embeds it, or writes a page that says how to build it, so that the server
//! compiles without Node. Does the same with the API's description, in the two forms in which it is served.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Taskward</title>\n\
    <h1>The web app is not built</h1>\n<p>This server was compiled without its pages. \
    Run <code>cargo xtask up</code> in the source folder; the API works meanwhile.</p>\n</html>\n";

fn main() -> io::Result<()> {
    let source = Path::new("../../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", source.display());

    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let out = PathBuf::from(out);
    embed_document(&out)?;
    let target = out.join("web");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    fs::create_dir_all(&target)?;
    if source.join("index.html").is_file() {
        copy(source, &target)
    } else {
        fs::write(target.join("index.html"), PLACEHOLDER)
    }
}

/// The committed document without white space, plain and compressed.
fn embed_document(out: &Path) -> io::Result<()> {
    let source = Path::new("../../docs/api/openapi.json");
    println!("cargo::rerun-if-changed={}", source.display());
    let document: serde_json::Value = serde_json::from_slice(&fs::read(source)?)?;
    let plain = serde_json::to_vec(&document)?;
    fs::write(out.join("openapi.json"), &plain)?;
    let mut compressed = GzEncoder::new(Vec::new(), Compression::best());
    compressed.write_all(&plain)?;
    fs::write(out.join("openapi.json.gz"), compressed.finish()?)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
