//! A component built against a smaller contract than today's, without the SDK.
// The exports' names are none that a native linker takes.
#![cfg(target_family = "wasm")]

// Generated code.
#[allow(missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "older", generate_all });
}

use bindings::exports::penstock::scaler::scaler::{Guest, Handle};
use bindings::penstock::scaler::log::{self, Level};
use bindings::penstock::scaler::types::{
    Checked, MetricSpec, Naming, Number, OpenError, Outcome, ParameterError, Reading, Sample,
    Trigger,
};

struct Older;

impl Guest for Older {
    fn check(_: Trigger) -> Result<Checked, Vec<ParameterError>> {
        let spec = MetricSpec {
            name: "older".into(),
            naming: Naming::Standard,
            target: Number::Whole(1),
            fixed_type: None,
            activation: Some(Number::Whole(0)),
        };
        Ok(Checked {
            metrics: vec![spec],
            notices: vec![],
        })
    }

    fn open(_: Trigger) -> Result<Handle, OpenError> {
        Ok(1)
    }

    fn poll(handles: Vec<Handle>) -> Vec<(Handle, Outcome)> {
        log::write(Level::Info, "still here", &[]);
        let reading = || Reading {
            samples: vec![Sample {
                name: "older".into(),
                value: Ok(Number::Whole(1)),
            }],
            active: None,
        };
        let outcome = |handle| (handle, Outcome::Reading(reading()));
        handles.into_iter().map(outcome).collect()
    }

    fn close(_: Handle) {}
}

bindings::export!(Older with_types_in bindings);

/// The description, as a linker's custom section.
const DESCRIPTION: &[u8] = br#"{"schema":1,"name":"older","types":[{"type":"older"}]}"#;

#[unsafe(link_section = "penstock:description")]
#[used]
static SECTION: [u8; DESCRIPTION.len()] = {
    let mut section = [0; DESCRIPTION.len()];
    let mut at = 0;
    while at < section.len() {
        section[at] = DESCRIPTION[at];
        at += 1;
    }
    section
};
