//! Whose rows a connection shows, whatever happened on it before.
