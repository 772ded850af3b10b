//! The server over real TLS on loopback, beside a stand-in for the few parts of the Kubernetes API
//! that it asks; the true one is asked by `tests/control-plane`.

#![allow(missing_docs)]

mod access;
mod answers;
mod caller;
mod certificates;
mod cluster;
mod ending;
mod engine;
mod pki;
mod world;
