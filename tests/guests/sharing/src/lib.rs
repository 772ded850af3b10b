//! A component that declares `sharing = connection`, over the bare contract, and misbehaves at the
//! triggers that say so.
// The exports' names are none that a native linker takes.
#![cfg(target_family = "wasm")]

// Generated code.
#[allow(missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package penstock:shares;

            world shares {
                include penstock:scaler/plugin@0.1.0;
            }
        ",
        path: "../../../wit",
        world: "penstock:shares/shares",
        generate_all,
    });
}

mod behaviour;
mod description;

use std::cell::RefCell;
use std::collections::BTreeMap;

use bindings::exports::penstock::scaler::scaler::{Guest, Handle};
use bindings::penstock::scaler::sharing;
use bindings::penstock::scaler::types::{Checked, OpenError, Outcome, ParameterError, Trigger};

use behaviour::value;

struct Shares;

/// What one instance knows.
#[derive(Default)]
struct Instance {
    last: Handle,
    open: BTreeMap<Handle, Trigger>,
    polls: i64,
    closed: i64,
}

thread_local! {
    static INSTANCE: RefCell<Instance> = RefCell::default();
}

impl Guest for Shares {
    fn check(_: Trigger) -> Result<Checked, Vec<ParameterError>> {
        Ok(Checked {
            metrics: vec![],
            notices: vec![],
        })
    }

    fn open(trigger: Trigger) -> Result<Handle, OpenError> {
        match value(&trigger, "behaviour") {
            "traps_in_open" => panic!("cannot open"),
            "misconfigured" => {
                return Err(OpenError::Config(vec![ParameterError {
                    parameter: "value".into(),
                    message: "no such value".into(),
                }]));
            }
            _ => {}
        }
        Ok(INSTANCE.with_borrow_mut(|instance| {
            if value(&trigger, "behaviour") != "takes_a_handle_twice" {
                instance.last += 1;
            }
            instance.open.insert(instance.last, trigger);
            instance.last
        }))
    }

    fn poll(handles: Vec<Handle>) -> Vec<(Handle, Outcome)> {
        INSTANCE.with_borrow_mut(|instance| instance.polls += 1);
        let mut returned = Vec::new();
        for handle in &handles {
            let found = INSTANCE.with_borrow(|instance| instance.open.get(handle).cloned());
            let trigger = found.expect("the handle is open");
            if value(&trigger, "behaviour") != "never_enters" {
                sharing::enter(*handle);
            }
            match behaviour::outcome(*handle, &trigger, handles.len()) {
                Some(outcome) if value(&trigger, "behaviour") == "returns" => {
                    returned.push((*handle, outcome));
                }
                Some(outcome) => sharing::report(*handle, &outcome),
                None => {}
            }
        }
        returned
    }

    fn close(handle: Handle) {
        let closed = INSTANCE.with_borrow_mut(|instance| {
            instance.closed += 1;
            instance.open.remove(&handle)
        });
        let closed = closed.expect("the handle was open");
        assert_ne!(
            value(&closed, "behaviour"),
            "traps_in_close",
            "cannot close"
        );
    }
}

bindings::export!(Shares with_types_in bindings);
