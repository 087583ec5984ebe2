//! The aircraft's shell and transfers through real sockets, real files and killed processes.
#![allow(clippy::unwrap_used)]

mod aircraft;
mod child;
mod kill;
mod links;
mod speed;
mod transfer;
