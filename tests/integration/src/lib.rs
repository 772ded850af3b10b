//! Components and the command against real servers and real processes.
//!
//! This library is what the tests share: built components, and servers that start on a free
//! loopback port and end with the test.

mod component;

pub use component::{ComponentSubject, catalog_folders, penstock, scalers_folder};
