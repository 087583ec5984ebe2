//! The server over real sockets on loopback, port 0.

mod doors;
mod plans;
mod serving;
