//! The server over real sockets on loopback, port 0.

mod backgrounds;
mod channel;
mod disk;
mod doors;
mod fleet;
mod plans;
mod serving;
