//! The tests of `link`.

mod commands;
mod frames;
mod net;
#[path = "../real/pymavlink.rs"]
mod pymavlink;
mod parameters;
mod transfers;
