//! Puts the pages where the compiler embeds them: the start page of a server without an auth server, and the built web app or,
//! so that the server compiles without Node, a page that says how to build it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Taskward</title>\n\
    <h1>The web app is not built</h1>\n<p>This server was compiled without its pages. \
    Run <code>cargo xtask up</code> in the source folder; the API works meanwhile.</p>\n</html>\n";

fn main() -> io::Result<()> {
    let source = Path::new("../../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", source.display());

    println!("cargo::rerun-if-changed=start-page");

    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let out = PathBuf::from(out);
    let start_page = empty(&out, "start-page")?;
    copy(Path::new("start-page"), &start_page)?;
    let page = start_page.join("index.html");
    let html = fs::read_to_string(&page)?.replace("{{version}}", env!("CARGO_PKG_VERSION"));
    fs::write(page, html)?;

    let target = empty(&out, "web")?;
    if source.join("index.html").is_file() {
        copy(source, &target)
    } else {
        fs::write(target.join("index.html"), PLACEHOLDER)
    }
}

/// An empty directory of this name.
fn empty(parent: &Path, name: &str) -> io::Result<PathBuf> {
    let directory = parent.join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    Ok(directory)
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
