//! Tests of `mission`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)] // tests read files and run Python

mod areas;
mod cameras;
mod fence;
mod files;
mod footprints;
mod fuzzed;
mod limits;
mod obstacles;
mod routes;
mod vehicles;
mod zones;
