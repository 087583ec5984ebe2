//! The binary as its users meet it: processes, sockets, files, and MAVLink clients that nobody here wrote.

mod bad_input;
mod clients;
mod console;
mod demo;
mod disk;
mod emulator;
mod maps;
mod operator;
mod plans;
mod program;
mod readers;
mod serial;
mod transfers;
