//! What the fuzz targets of this folder run; the bodies are plain functions so that ordinary tests can run them too.

pub mod targets;
