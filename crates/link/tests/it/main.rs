//! The tests of `link`.

mod commands;
mod frames;
mod net;
mod parameters;
#[path = "../real/pymavlink.rs"]
mod pymavlink;
mod transfers;
