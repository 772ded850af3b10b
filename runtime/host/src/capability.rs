//! What a component can do besides computing. One small module each.

pub(crate) mod clock;
pub(crate) mod dns;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod kube_read;
pub(crate) mod kv;
pub(crate) mod log;
pub(crate) mod sharing;
pub(crate) mod tcp;
pub(crate) mod tls;
