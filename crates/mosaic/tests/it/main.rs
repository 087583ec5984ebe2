//! Tests of the whole of `mosaic` from outside.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod bad_input;
mod live;
mod made;
mod real;
