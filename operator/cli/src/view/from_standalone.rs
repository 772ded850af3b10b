//! From what runs to what is shown.

use operator_scaling::Failure;
use operator_standalone::run;

use super::{ObjectView, ProcessView, World};

impl From<run::View> for World {
    fn from(view: run::View) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_string(),
            objects: view.objects.iter().map(ObjectView::from).collect(),
            processes: view.processes.iter().map(ProcessView::from).collect(),
            findings: view.findings.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&run::ObjectView> for ObjectView {
    fn from(object: &run::ObjectView) -> Self {
        let error = object.error.as_ref();
        let notices = object.notices.iter();
        let view = match object.snapshot.as_deref() {
            Some(snapshot) => Self::from(snapshot),
            None => Self::unknown(&object.key.namespace, &object.key.name, &object.target),
        };
        Self {
            place: format!("{}:{}", object.file.display(), object.line),
            kept: object.kept,
            error: error.map(|(reason, text)| Failure::new(*reason, text.clone())),
            notices: notices
                .map(|(index, _, text)| format!("trigger {index}: {text}"))
                .collect(),
            ..view
        }
    }
}

impl From<&run::ProcessView> for ProcessView {
    fn from(process: &run::ProcessView) -> Self {
        let status = &process.status;
        Self {
            namespace: process.key.namespace.clone(),
            name: process.key.name.clone(),
            wanted: status.wanted,
            ready: status.ready,
            ending: status.ending,
            restarts: status.replicas.iter().map(|r| r.restarts).sum(),
            pids: status.replicas.iter().filter_map(|r| r.pid).collect(),
            last_error: status.last_error().map(ToString::to_string),
        }
    }
}
