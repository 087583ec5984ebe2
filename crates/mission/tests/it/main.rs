//! Tests of `mission`.
#![allow(clippy::unwrap_used)]

mod fence;
mod files;
mod vehicles;
