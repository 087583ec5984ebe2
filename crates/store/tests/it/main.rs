//! The store on a real disk and on one that crashes.

mod catalogue;
mod crash;
mod disk;
mod logs;
