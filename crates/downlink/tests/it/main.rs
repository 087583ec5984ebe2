//! The protocol in virtual time over an in-test radio.

mod corpus;
mod hostile;
mod radio;
mod restart;
mod transfer;
