//! Who asks.

use std::collections::BTreeMap;

pub(crate) const MASTERS: &str = "system:masters";
const AUTHENTICATED: &str = "system:authenticated";
const UNAUTHENTICATED: &str = "system:unauthenticated";

/// Somebody whose identity is proven.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) groups: Vec<String>,
    pub(crate) extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// With the group that all have whose identity is proven. One whom the proxy calls anonymous
    /// is not among them.
    pub(crate) fn authenticated(mut self) -> Self {
        let settled = |group: &String| group == AUTHENTICATED || group == UNAUTHENTICATED;
        if !self.groups.iter().any(settled) && self.name != "system:anonymous" {
            self.groups.push(AUTHENTICATED.into());
        }
        self
    }

    /// May do everything, as in each Kubernetes API server; the API server's own checks of this
    /// one come as such a user, and must work while reviews do not.
    pub(crate) fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == MASTERS)
    }
}
