//! The same object twice.

use std::collections::BTreeMap;

use operator_api::ObjectKey;
use operator_api::manifest::Surveyed;

use crate::finding::{Findings, Said, shown};
use crate::world::World;

pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    let mut first: BTreeMap<&ObjectKey, &Surveyed> = BTreeMap::new();
    for item in world.items.iter().filter(|item| item.foreign.is_none()) {
        let Some(key) = &item.key else { continue };
        let Some(before) = first.get(key) else {
            first.insert(key, item);
            continue;
        };
        let place = format!("{}:{}", shown(&before.file), before.line);
        findings.say(
            item,
            "metadata.name",
            Said::error(
                "DuplicateObject",
                format!("{key} is already defined at {place}"),
                "give one of the two another name or namespace, or remove it",
            ),
        );
    }
}
