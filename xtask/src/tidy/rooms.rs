//! Which room of `crates/taskward` may use which: the import table as data. `imports` applies it.
//!
//! Rooms point one way: `api -> service -> store`, over `auth` and `domain`. An edge that is not here does not exist; a
//! new edge is a change of architecture and is made here, on purpose, or not at all.

/// A module of the server, with everything below it that is not a room of its own.
pub(super) struct Room {
    /// Its path from the crate's root.
    pub(super) module: &'static str,
    /// Paths inside the crate that it may use, besides its own.
    pub(super) may_use: Edges,
    /// Crates it must not use, because their concern belongs to another room.
    pub(super) never: &'static [&'static [&'static str]],
    /// Parts of those crates that it may use all the same.
    pub(super) except: &'static [&'static str],
}

pub(super) enum Edges {
    /// It wires the others together.
    All,
    Only(&'static [&'static str]),
}

const HTTP: &[&str] = &[
    "axum",
    "axum_core",
    "headers",
    "http",
    "http_body_util",
    "hyper",
    "hyper_util",
    "reqwest",
    "tower",
    "tower_http",
    "utoipa",
    "utoipa_axum",
];
const SQL: &[&str] = &[
    "deadpool",
    "diesel",
    "postgres",
    "refinery",
    "rusqlite",
    "sqlx",
    "tokio_postgres",
];
const JSON: &[&str] = &["serde", "serde_json"];
const TOKENS: &[&str] = &["better_auth_verifier"];

/// The table.
pub(super) const ROOMS: &[Room] = &[
    Room {
        module: "domain",
        may_use: Edges::Only(&[]),
        never: &[HTTP, SQL, JSON, TOKENS],
        except: &[],
    },
    Room {
        module: "auth",
        may_use: Edges::Only(&["domain"]),
        never: &[HTTP, SQL],
        except: &["axum::http", "http"],
    },
    Room {
        module: "store",
        may_use: Edges::Only(&["domain", "auth::Caller", "auth::Maintenance"]),
        never: &[HTTP, SQL, TOKENS],
        except: &[],
    },
    Room {
        module: "store::sqlite",
        may_use: Edges::Only(&["domain", "auth::Caller", "auth::Maintenance", "store"]),
        never: &[HTTP, TOKENS],
        except: &[],
    },
    Room {
        module: "store::postgres",
        may_use: Edges::Only(&["domain", "auth::Caller", "auth::Maintenance", "store"]),
        never: &[HTTP, TOKENS],
        except: &[],
    },
    Room {
        module: "service",
        may_use: Edges::Only(&["domain", "auth", "store"]),
        never: &[HTTP, SQL, TOKENS],
        except: &[],
    },
    Room {
        module: "api",
        may_use: Edges::Only(&[
            "domain",
            "auth",
            "service",
            "client_address",
            "proxy",
            "supervisor",
            "web",
        ]),
        never: &[SQL, TOKENS],
        except: &[],
    },
    // These serve bytes and processes, and know nothing of users and tasks.
    Room {
        module: "client_address",
        may_use: Edges::Only(&[]),
        never: &[SQL, TOKENS],
        except: &[],
    },
    Room {
        module: "proxy",
        may_use: Edges::Only(&["client_address"]),
        never: &[SQL, TOKENS],
        except: &[],
    },
    Room {
        module: "server",
        may_use: Edges::Only(&["client_address"]),
        never: &[SQL, TOKENS],
        except: &[],
    },
    Room {
        module: "supervisor",
        may_use: Edges::Only(&[]),
        never: &[SQL, TOKENS],
        except: &[],
    },
    Room {
        module: "web",
        may_use: Edges::Only(&[]),
        never: &[SQL, TOKENS],
        except: &[],
    },
    // What the outside gives: settings, logs, the clock.
    Room {
        module: "config",
        may_use: Edges::Only(&["client_address"]),
        never: &[SQL],
        except: &[],
    },
    Room {
        module: "system",
        may_use: Edges::Only(&["domain", "service"]),
        never: &[HTTP, SQL, TOKENS],
        except: &[],
    },
    Room {
        module: "telemetry",
        may_use: Edges::Only(&[]),
        never: &[SQL, TOKENS],
        except: &[],
    },
    Room {
        module: "app",
        may_use: Edges::All,
        never: &[],
        except: &[],
    },
];

/// The room that a path from the crate's root leads into: the one with the longest fitting name.
pub(super) fn room_of(path: &[String]) -> Option<&'static Room> {
    ROOMS
        .iter()
        .filter(|room| starts_with(path, room.module))
        .max_by_key(|room| room.module.len())
}

impl Room {
    /// Whether something in this room may use a path inside the crate.
    pub(super) fn may_use_path(&self, path: &[String]) -> bool {
        let target = room_of(path).map(|room| room.module);
        match self.may_use {
            Edges::All => true,
            // Leave to use a room is no leave to use the rooms inside it.
            Edges::Only(allowed) => {
                target == Some(self.module)
                    || allowed
                        .iter()
                        .any(|prefix| starts_with(path, prefix) && room_named(prefix) == target)
            }
        }
    }

    /// Whether something in this room may use a path that starts with another crate's name.
    pub(super) fn may_use_crate(&self, path: &[String]) -> bool {
        let is_barred = path.first().is_some_and(|name| {
            self.never
                .iter()
                .any(|names| names.contains(&name.as_str()))
        });
        !is_barred || self.except.iter().any(|prefix| starts_with(path, prefix))
    }
}

fn room_named(path: &str) -> Option<&'static str> {
    let segments: Vec<String> = path.split("::").map(str::to_owned).collect();
    room_of(&segments).map(|room| room.module)
}

fn starts_with(path: &[String], prefix: &str) -> bool {
    let mut segments = path.iter();
    prefix
        .split("::")
        .all(|wanted| segments.next().is_some_and(|segment| segment == wanted))
}
