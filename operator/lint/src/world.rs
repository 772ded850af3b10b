//! The objects of all files together, for rules that look from one at another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Container;
use operator_api::manifest::{Foreign, Surveyed};
use operator_api::{Object, ObjectKey, Process, ScaledJob, ScaledObject};
use operator_auth::{InMemory, Objects};

/// All that stands in the files.
pub(crate) struct World<'a> {
    pub(crate) items: &'a [Surveyed],
    /// Of two with one key the first.
    by_key: BTreeMap<&'a ObjectKey, &'a Surveyed>,
    /// Keys, broken objects included: they are there, whatever is in them.
    keys: BTreeSet<&'a ObjectKey>,
    /// Those without errors.
    objects: InMemory,
}

/// The containers of what is scaled.
pub(crate) enum Pods {
    /// It is in none of the files, or has no pods.
    Unknown,
    /// These.
    Known(Vec<Container>),
}

impl<'a> World<'a> {
    pub(crate) fn new(items: &'a [Surveyed]) -> Self {
        let mut by_key = BTreeMap::new();
        let mut keys = BTreeSet::new();
        for item in items {
            let Some(key) = &item.key else { continue };
            keys.insert(key);
            if item.is_whole() {
                by_key.entry(key).or_insert(item);
            }
        }
        let whole = items.iter().filter(|item| item.is_whole());
        Self {
            items,
            by_key,
            keys,
            objects: InMemory::new(whole.filter_map(|item| item.object.as_ref())),
        }
    }

    /// A Secret, if it is in the files and can be read.
    pub(crate) fn secret(&self, namespace: &str, name: &str) -> Option<Arc<operator_api::Secret>> {
        self.objects.secret(namespace, name)
    }

    /// A ConfigMap, if it is in the files and can be read.
    pub(crate) fn config_map(
        &self,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<operator_api::ConfigMap>> {
        self.objects.config_map(namespace, name)
    }

    /// The object of that key, if it has no errors.
    pub(crate) fn whole(&self, key: &ObjectKey) -> Option<&'a Surveyed> {
        self.by_key.get(key).copied()
    }

    /// Whether there is such an object, right or wrong.
    pub(crate) fn has(&self, key: &ObjectKey) -> bool {
        self.keys.contains(key)
    }

    /// The names of all objects of a kind in a namespace.
    pub(crate) fn names<'s>(
        &'s self,
        kind: &'s str,
        namespace: &'s str,
    ) -> impl Iterator<Item = &'a str> + 's {
        self.keys
            .iter()
            .filter(move |key| key.kind == kind && key.namespace == namespace)
            .map(|key| key.name.as_str())
    }

    pub(crate) fn scaled_objects(&self) -> impl Iterator<Item = (&'a Surveyed, &'a ScaledObject)> {
        self.items.iter().filter_map(|item| match &item.object {
            Some(Object::ScaledObject(object)) => Some((item, &**object)),
            _ => None,
        })
    }

    pub(crate) fn scaled_jobs(&self) -> impl Iterator<Item = (&'a Surveyed, &'a ScaledJob)> {
        self.items.iter().filter_map(|item| match &item.object {
            Some(Object::ScaledJob(job)) => Some((item, &**job)),
            _ => None,
        })
    }

    pub(crate) fn foreign(&self) -> impl Iterator<Item = (&'a Surveyed, &'a Foreign)> {
        let foreign = |item: &'a Surveyed| Some((item, item.foreign.as_ref()?));
        self.items.iter().filter_map(foreign)
    }

    /// What a ScaledObject scales, where it is a kind that is not read.
    pub(crate) fn workload(&self, object: &ScaledObject) -> Option<&'a Foreign> {
        let target = &object.spec.scale_target_ref;
        let namespace = object.metadata.namespace.as_deref();
        let key = ObjectKey::new(target.kind(), namespace, &target.name);
        let foreign = self.whole(&key)?.foreign.as_ref()?;
        (foreign.api_version == target.api_version()).then_some(foreign)
    }

    /// The process that a ScaledObject scales.
    pub(crate) fn process(&self, object: &ScaledObject) -> Option<&'a Process> {
        let target = &object.spec.scale_target_ref;
        let namespace = object.metadata.namespace.as_deref();
        let key = ObjectKey::new("Process", namespace, &target.name);
        match &self.whole(&key)?.object {
            Some(Object::Process(process)) if is_process(object) => Some(process),
            _ => None,
        }
    }

    /// The containers of what a ScaledObject scales.
    pub(crate) fn pods(&self, object: &ScaledObject) -> Pods {
        if let Some(process) = self.process(object) {
            let name = &object.spec.scale_target_ref.name;
            return Pods::Known(vec![Container {
                name: name.clone(),
                env: Some(process.spec.env.clone()),
                env_from: Some(process.spec.env_from.clone()),
                ..Container::default()
            }]);
        }
        let Some(workload) = self.workload(object) else {
            return Pods::Unknown;
        };
        let containers = &workload.spec["template"]["spec"]["containers"];
        match serde_json::from_value(containers.clone()) {
            Ok(containers) => Pods::Known(containers),
            // Not ours to judge.
            Err(_) => Pods::Unknown,
        }
    }
}

/// Whether a local program is scaled, by `penstock run`.
pub(crate) fn is_process(object: &ScaledObject) -> bool {
    let target = &object.spec.scale_target_ref;
    (target.api_version(), target.kind()) == ("penstock.dev/v1alpha1", "Process")
}
