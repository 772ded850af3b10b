//! Rules about objects, one file a concern.

mod annotations;
mod authentication;
mod behavior;
mod duplicates;
pub(crate) mod kinds;
mod modifiers;
mod owners;
mod resources;
mod scaled_job;
mod target;

pub(crate) use resources::is_resource;

use crate::finding::Findings;
use crate::world::World;

/// Says all that can be said without any scaler.
pub(crate) fn all(world: &World<'_>, findings: &mut Findings) {
    duplicates::check(world, findings);
    owners::check(world, findings);
    authentication::check(world, findings);
    for (item, object) in world.scaled_objects() {
        annotations::check(item, &object.metadata, findings);
        if item.is_sound(&["spec.scaleTargetRef"]) {
            target::check(world, item, object, findings);
        }
        behavior::check(item, object, findings);
        modifiers::check(item, object, findings);
        resources::check(world, item, object, findings);
    }
    for (item, job) in world.scaled_jobs() {
        annotations::check(item, &job.metadata, findings);
        scaled_job::check(item, job, findings);
    }
}
