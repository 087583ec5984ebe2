//! Tests of the whole of `mosaic` from outside.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::type_complexity)]
#![allow(clippy::disallowed_methods)] // Real photos are read from the disk.

mod bad_input;
mod live;
mod made;
mod real;
