//! The ScaledObject: from what the user wrote to a running object, its autoscaler and its status.

mod autoscaler;
mod claims;
mod error;
mod finalizer;
mod kind;
mod observer;
mod reconcile;
mod record;
mod resource;
mod settle;
mod source;
mod specification;
mod state;
mod status;

use std::sync::Arc;

use operator_auth::Resolver;
use operator_engine::{Engine, ObjectKey};
use tokio::sync::OnceCell;

use crate::cluster::Stores;
use crate::events::Events;
use crate::lane::Lanes;
use crate::options::Options;
use crate::work::Work;

pub(crate) use claims::{Claims, Target};
pub(crate) use error::ObjectError;
pub(crate) use kind::Kinds;
pub(crate) use observer::Changes;
pub(crate) use reconcile::reconcile;
pub(crate) use record::Records;
pub(crate) use state::StatusStore;
pub(crate) use status::write;

/// What reconciling needs.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) lanes: Lanes,
    pub(crate) stores: Stores,
    pub(crate) kinds: Kinds,
    pub(crate) records: Records,
    pub(crate) claims: Claims,
    pub(crate) engine: OnceCell<Arc<Engine>>,
    pub(crate) store: Arc<StatusStore>,
    pub(crate) events: Arc<Events>,
    pub(crate) resolver: Resolver,
    /// Objects to be reconciled.
    pub(crate) reconciles: Arc<Work<ObjectKey>>,
    /// Statuses to be written.
    pub(crate) statuses: Arc<Work<ObjectKey>>,
}
