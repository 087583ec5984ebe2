//! Integration tests of `geo`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

mod crs;
mod geodesy;
mod polygon;
mod raster;
mod terrain;
mod terrain_layers;
mod terrain_reading;
