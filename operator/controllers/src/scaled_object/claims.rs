use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use k8s_openapi::jiff::Timestamp;
use operator_engine::ObjectKey;

/// Which objects want to scale which target.
#[derive(Debug, Default)]
pub(crate) struct Claims(Mutex<Claimed>);

#[derive(Debug, Default)]
struct Claimed {
    /// By age, so that of several objects the oldest has the target, also after a restart.
    by_target: HashMap<Target, BTreeMap<(Timestamp, ObjectKey), ()>>,
    by_object: HashMap<ObjectKey, (Target, Timestamp)>,
}

/// A target in its namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) namespace: String,
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

impl Claims {
    /// The object wants the target, and nothing it wanted before. Gives the older object that has it,
    /// if there is one.
    pub(crate) fn claim(
        &self,
        object: &ObjectKey,
        target: Target,
        created: Timestamp,
    ) -> Option<ObjectKey> {
        let mut claimed = self.lock();
        let before = claimed
            .by_object
            .insert(object.clone(), (target.clone(), created));
        if let Some(before) = before {
            claimed.release(object, before);
        }
        let claims = claimed.by_target.entry(target).or_default();
        claims.insert((created, object.clone()), ());
        let first = claims.first_key_value().map(|((_, key), ())| key.clone());
        first.filter(|first| first != object)
    }

    /// The object wants nothing any more. Gives those that wanted the same.
    pub(crate) fn release(&self, object: &ObjectKey) -> Vec<ObjectKey> {
        let mut claimed = self.lock();
        let Some((target, created)) = claimed.by_object.remove(object) else {
            return vec![];
        };
        claimed.release(object, (target.clone(), created));
        claimed.objects(&target)
    }

    /// The objects that want the target.
    pub(crate) fn objects(&self, target: &Target) -> Vec<ObjectKey> {
        self.lock().objects(target)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Claimed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claimed {
    fn release(&mut self, object: &ObjectKey, (target, created): (Target, Timestamp)) {
        if let Some(claims) = self.by_target.get_mut(&target) {
            claims.remove(&(created, object.clone()));
            if claims.is_empty() {
                self.by_target.remove(&target);
            }
        }
    }

    fn objects(&self, target: &Target) -> Vec<ObjectKey> {
        let claims = self.by_target.get(target);
        let keys = claims.into_iter().flatten();
        keys.map(|((_, key), ())| key.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str) -> Target {
        Target {
            namespace: "shop".into(),
            group: "apps".into(),
            kind: "Deployment".into(),
            name: name.into(),
        }
    }

    #[test]
    fn the_oldest_object_has_the_target_and_the_next_is_told_when_it_goes() {
        let claims = Claims::default();
        let (old, new) = (ObjectKey::new("shop", "old"), ObjectKey::new("shop", "new"));
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(claims.claim(&new, target("w"), at(20)), None);
        assert_eq!(claims.claim(&old, target("w"), at(10)), None);
        assert_eq!(claims.claim(&new, target("w"), at(20)), Some(old.clone()));
        assert_eq!(claims.release(&old), std::slice::from_ref(&new));
        assert_eq!(claims.claim(&new, target("w"), at(20)), None);
        assert_eq!(claims.claim(&new, target("v"), at(20)), None);
        assert_eq!(claims.objects(&target("w")), []);
    }
}
