//! The server over real sockets on loopback, port 0.

mod backgrounds;
mod channel;
mod disk;
mod doors;
mod plans;
mod serving;
