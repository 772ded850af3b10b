//! The contract's versions. One module each; what is outside sees only `runtime-types`.

pub(crate) mod v1;
