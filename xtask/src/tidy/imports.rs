//! Rooms point one way (house rule 1): every path between modules of the server is an edge of the table in `rooms`.

use super::Finding;
use super::rooms::{Room, room_of};
use super::rust_source::{CodePath, RustSource};
use super::tree::Tree;

const SOURCES: &str = "crates/taskward/src/";

/// The crate's own name, by which its binary calls it.
const CRATE: &str = "taskward";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter_map(|(path, source)| {
            path.strip_prefix(SOURCES)
                .map(|file| (path, module_of(file), source))
        })
        .flat_map(|(path, module, source)| check_file(path, &module, source))
        .collect()
}

fn check_file(path: &str, module: &[String], source: &RustSource) -> Vec<Finding> {
    // The roots name every module and wire them: there is nothing to decide about them.
    if module.is_empty() {
        return Vec::new();
    }
    let Some(room) = room_of(module) else {
        let message = "this module is in no room: give it a row in xtask/src/tidy/rooms.rs, which says what it may use";
        return vec![Finding::new(path, 1, message)];
    };
    let judged = source.paths.iter().filter(|used| !used.in_test);
    judged
        .filter_map(|used| judge(path, room, module, used, source))
        .collect()
}

fn judge(
    file: &str,
    room: &Room,
    module: &[String],
    used: &CodePath,
    source: &RustSource,
) -> Option<Finding> {
    let written = used.segments.join("::");
    match resolve(module, used, source) {
        Target::Inside(target) if target.is_empty() => None,
        Target::Inside(target) => (!room.may_use_path(&target)).then(|| {
            let name = room_of(&target).map_or("the crate's root", |room| room.module);
            let message = format!(
                "`{}` may not use `{written}`: rooms point one way, and no edge leads from here to `{name}` \
                 (xtask/src/tidy/rooms.rs); move the code, or pass in what it needs",
                room.module
            );
            Finding::new(file, used.line, message)
        }),
        Target::Elsewhere => (!room.may_use_crate(&used.segments)).then(|| {
            let message = format!(
                "`{}` may not use `{written}`: that crate's concern belongs to another room (xtask/src/tidy/rooms.rs)",
                room.module
            );
            Finding::new(file, used.line, message)
        }),
    }
}

enum Target {
    /// A path from the crate's root.
    Inside(Vec<String>),
    /// Another crate, or a name that was brought in by a `use` judged by itself.
    Elsewhere,
}

fn resolve(file_module: &[String], used: &CodePath, source: &RustSource) -> Target {
    let here = || {
        file_module
            .iter()
            .chain(&used.within)
            .cloned()
            .collect::<Vec<String>>()
    };
    let Some((first, rest)) = used.segments.split_first() else {
        return Target::Elsewhere;
    };
    match first.as_str() {
        "crate" => Target::Inside(rest.to_vec()),
        CRATE => Target::Inside(rest.to_vec()),
        "self" | "super" => {
            let mut path = here();
            for segment in &used.segments {
                match segment.as_str() {
                    "self" => {}
                    "super" => drop(path.pop()),
                    name => path.push(name.to_owned()),
                }
            }
            Target::Inside(path)
        }
        name if source
            .modules
            .iter()
            .any(|child| child.name == name && child.within == used.within) =>
        {
            let mut path = here();
            path.extend_from_slice(&used.segments);
            Target::Inside(path)
        }
        _ => Target::Elsewhere,
    }
}

/// The module that a file is: `store/sqlite/mod.rs` is `store::sqlite`.
fn module_of(file: &str) -> Vec<String> {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    match stem {
        "lib" | "main" => Vec::new(),
        stem => stem.split('/').map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::places;

    fn offends(file: &str, text: &str) -> bool {
        let path = format!("crates/taskward/src/{file}");
        !places(check, &[(&path, text)]).is_empty()
    }

    #[test]
    fn the_way_down_is_open() {
        assert!(!offends(
            "api/tasks.rs",
            "use crate::{auth::Caller, domain::Task, service::Services}; use axum::Json;"
        ));
        assert!(!offends(
            "service/mod.rs",
            "use crate::store::{Store, StoreError}; use crate::auth::Caller;"
        ));
        assert!(!offends(
            "store/sqlite/mod.rs",
            "use super::Store; use crate::auth::Caller; use rusqlite::Row;"
        ));
        assert!(!offends(
            "auth/mod.rs",
            "use better_auth_verifier::Verifier; use axum::http::HeaderMap;"
        ));
        assert!(!offends(
            "app.rs",
            "use crate::{api, config, service, store::sqlite}; use better_auth_verifier::Verifier;"
        ));
        assert!(!offends("main.rs", "use taskward::{app, config};"));
    }

    #[test]
    fn the_way_up_is_closed() {
        assert!(offends("service/mod.rs", "use crate::api::Problem;"));
        assert!(offends("store/mod.rs", "use crate::service::Services;"));
        assert!(offends("domain/task.rs", "use crate::auth::Caller;"));
        assert!(offends("auth/mod.rs", "use crate::store::Store;"));
    }

    #[test]
    fn no_room_is_skipped() {
        assert!(offends("api/tasks.rs", "use crate::store::Store;"));
        assert!(offends("api/tasks.rs", "use rusqlite::Connection;"));
        assert!(offends("api/mod.rs", "use better_auth_verifier::Verifier;"));
        assert!(offends("domain/mod.rs", "use serde::Serialize;"));
        assert!(offends("auth/mod.rs", "use axum::Router;"));
    }

    #[test]
    fn leave_to_use_a_room_is_no_leave_to_use_the_rooms_in_it() {
        assert!(offends(
            "service/mod.rs",
            "use crate::store::sqlite::SqliteStore;"
        ));
        assert!(offends(
            "store/mod.rs",
            "mod sqlite; use sqlite::SqliteStore;"
        ));
        assert!(offends(
            "store/mod.rs",
            "pub use self::sqlite::SqliteStore;"
        ));
        assert!(offends("store/sqlite/mod.rs", "use super::postgres::Row;"));
        assert!(offends("store/mod.rs", "use crate::auth::Authenticator;"));
    }

    #[test]
    fn detours_are_seen() {
        assert!(offends(
            "store/sqlite/tasks.rs",
            "use super::super::super::service::Services;"
        ));
        assert!(offends(
            "store/sqlite/tasks.rs",
            "mod inner { use super::super::super::super::api::Problem; }"
        ));
        assert!(offends("proxy.rs", "fn f() { crate::auth::now(); }"));
        assert!(offends(
            "service/mod.rs",
            "fn f() { tokio::join!(crate::api::go()); }"
        ));
        assert!(offends(
            "domain/mod.rs",
            "#[derive(serde::Serialize)] struct A;"
        ));
        assert!(offends(
            "service/mod.rs",
            "use {crate::{domain, api as outside}};"
        ));
    }

    #[test]
    fn a_module_without_a_room_needs_one() {
        assert!(offends("shelf.rs", ""));
    }

    #[test]
    fn tests_inside_a_module_may_wire_what_they_test() {
        assert!(!offends(
            "service/mod.rs",
            "#[cfg(test)] mod tests { use crate::store::sqlite::SqliteStore; }"
        ));
    }
}
