//! Integration tests of `geo`.
#![allow(clippy::unwrap_used)]

mod crs;
mod geodesy;
mod polygon;
mod terrain;
