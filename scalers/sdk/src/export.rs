//! From the contract's plain functions and handles to one trigger, one poll. Used by
//! [`export_scaler!`](crate::export_scaler).

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::bindings::exports::penstock::scaler::scaler::Guest;
use crate::bindings::penstock::scaler::types::{
    Checked, Handle, OpenError, Outcome, ParameterError, Reading, Trigger as WitTrigger,
};
use crate::shared::{self, Shared};
use crate::{Failure, Scaler, Trigger, TriggerConfig};

/// All that one component provides. Implemented by [`export_scaler!`](crate::export_scaler).
pub trait Component: 'static {
    /// The JSON document that the component carries.
    const DESCRIPTION: &'static str;

    /// Reads the parameters and says what they mean.
    ///
    /// # Errors
    /// What the user must change.
    fn check(trigger: &Trigger) -> Result<Checked, Vec<ParameterError>>;

    /// Prepares for polling.
    ///
    /// # Errors
    /// When the parameters are wrong or the source cannot be prepared for.
    fn open(trigger: &Trigger) -> Result<Box<dyn Open>, Failure>;
}

/// An open trigger of any type.
pub trait Open: Any {
    /// Asks the source once.
    ///
    /// # Errors
    /// When the source's value is not known.
    fn poll(&mut self) -> Result<Reading, Failure>;

    /// What asks for several of this one's type at once.
    fn together(&self) -> Together;
}

/// Asks for open triggers of one type, each with its handle.
pub type Together = fn(Vec<(Handle, &mut dyn Open)>);

impl<S: Scaler> Open for S {
    fn poll(&mut self) -> Result<Reading, Failure> {
        Scaler::poll(self)
    }

    fn together(&self) -> Together {
        |all| {
            let mine = all.into_iter().filter_map(|(handle, open)| {
                let scaler = (open as &mut dyn Any).downcast_mut::<S>()?;
                Some(Shared::new(handle, scaler))
            });
            S::poll_all(mine.collect());
        }
    }
}

/// [`Component::check`] for one trigger type.
///
/// # Errors
/// What the user must change.
pub fn check<S: Scaler>(trigger: &Trigger) -> Result<Checked, Vec<ParameterError>> {
    let (config, mut notices) = S::Config::parse(trigger)?;
    let mut checked = S::check(&config, trigger);
    notices.append(&mut checked.notices);
    checked.notices = notices;
    Ok(checked)
}

/// [`Component::open`] for one trigger type.
///
/// # Errors
/// When the parameters are wrong or the source cannot be prepared for.
pub fn open<S: Scaler>(trigger: &Trigger) -> Result<Box<dyn Open>, Failure> {
    let (config, _) = S::Config::parse(trigger).map_err(Failure::Config)?;
    Ok(Box::new(S::open(config, trigger)?))
}

/// The host asked for a trigger type that the component does not provide.
pub fn unprovided(trigger: &Trigger) -> ParameterError {
    let name = &trigger.trigger_type;
    ParameterError::new(
        "type",
        format!("trigger type {name:?} is not provided by this component"),
    )
}

/// Implements the contract for a [`Component`].
#[derive(Debug)]
pub struct Exported<C>(PhantomData<C>);

#[derive(Default)]
struct Handles {
    last: Handle,
    open: BTreeMap<Handle, Box<dyn Open>>,
}

thread_local! {
    static HANDLES: RefCell<Handles> = RefCell::default();
}

impl<C: Component> Guest for Exported<C> {
    fn check(trigger: WitTrigger) -> Result<Checked, Vec<ParameterError>> {
        C::check(&trigger.into())
    }

    fn open(trigger: WitTrigger) -> Result<Handle, OpenError> {
        let open = C::open(&trigger.into())?;
        Ok(HANDLES.with_borrow_mut(|handles| {
            handles.last += 1;
            handles.open.insert(handles.last, open);
            handles.last
        }))
    }

    fn poll(handles: Vec<Handle>) -> Vec<(Handle, Outcome)> {
        // A single handle needs neither attribution nor an early report.
        let [single] = handles[..] else {
            poll_several(handles);
            return Vec::new();
        };
        vec![(single, poll_one(single))]
    }

    fn close(handle: Handle) {
        let closed = HANDLES.with_borrow_mut(|handles| handles.open.remove(&handle));
        drop(closed);
    }
}

fn poll_several(handles: Vec<Handle>) {
    let mut taken = Vec::with_capacity(handles.len());
    HANDLES.with_borrow_mut(|table| {
        for handle in handles {
            match table.open.remove(&handle) {
                Some(open) => taken.push((handle, open)),
                None => shared::report(handle, not_open(handle)),
            }
        }
    });
    let each = taken
        .iter_mut()
        .map(|(handle, open)| (*handle, open.as_mut()));
    poll_by_type(each.collect());
    HANDLES.with_borrow_mut(|table| table.open.extend(taken));
}

/// A component may provide several trigger types by several Rust types.
pub(crate) fn poll_by_type(all: Vec<(Handle, &mut dyn Open)>) {
    let mut by_type: BTreeMap<TypeId, Vec<(Handle, &mut dyn Open)>> = BTreeMap::new();
    for (handle, open) in all {
        let of = (&*open as &dyn Any).type_id();
        by_type.entry(of).or_default().push((handle, open));
    }
    for all in by_type.into_values() {
        let together = all[0].1.together();
        together(all);
    }
}

fn not_open(handle: Handle) -> Outcome {
    Failure::other(format!("handle {handle} is not open")).into()
}

fn poll_one(handle: Handle) -> Outcome {
    // Taken out meanwhile: the scaler's own code must not find the table borrowed.
    let Some(mut open) = HANDLES.with_borrow_mut(|handles| handles.open.remove(&handle)) else {
        return not_open(handle);
    };
    let outcome = match open.poll() {
        Ok(reading) => Outcome::Reading(reading),
        Err(failure) => failure.into(),
    };
    HANDLES.with_borrow_mut(|handles| handles.open.insert(handle, open));
    outcome
}
