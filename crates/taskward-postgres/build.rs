//! Rebuilds when a migration changes: refinery's macro reads the folder when it expands, which cargo does not see.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/migrations");
}
