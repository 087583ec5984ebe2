//! The tests of `link`.

mod commands;
mod frames;
mod net;
mod parameters;
mod transfers;
