//! `wasi:sockets/ip-name-lookup`, and the look-up that TLS and HTTP share: names are checked
//! against the grants before they are resolved, and addresses afterwards. What a look-up
//! returned is remembered per trigger, and only that can be connected to by name; a name server
//! that answers differently the second time gains nothing.

use std::collections::HashMap;
use std::net::IpAddr;

use runtime_types::{Unknown, UnknownReason};
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::runtime::AbortOnDropJoinHandle;

use crate::abi::v1::ip_name_lookup::{Host, HostResolveAddressStream};
use crate::state::{GuestState, Scope, lock};

/// The addresses of the names that one trigger looked up last.
#[derive(Debug, Default)]
pub(crate) struct Pins(HashMap<String, Vec<IpAddr>>);

impl Pins {
    fn pin(&mut self, name: &str, addresses: &[IpAddr]) {
        // A trigger has a handful of hosts; a component that looks up thousands starts over.
        if self.0.len() >= 64 && !self.0.contains_key(name) {
            self.0.clear();
        }
        self.0.insert(name.to_string(), addresses.to_vec());
    }

    pub(crate) fn names_of(&self, address: IpAddr) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(_, addresses)| addresses.contains(&address))
            .map(|(name, _)| name.as_str())
    }
}

/// Resolves `host` (a name or an address) for `scope`.
///
/// # Errors
/// `Denied` when the name or all its addresses may not be reached, `Unreachable` when there is
/// no such name.
pub(crate) async fn resolve(scope: &Scope, host: &str) -> Result<Vec<IpAddr>, Unknown> {
    if !scope.grants.allow_lookup(host) {
        return Err(denied(scope, host));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<IpAddr> = match bare.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => scope.names.look_up(bare).await.map_err(|e| {
            let message = format!("cannot resolve {host}: {e}");
            Unknown::new(UnknownReason::Unreachable, message)
        })?,
    };
    let mut allowed: Vec<IpAddr> = found
        .iter()
        .map(IpAddr::to_canonical)
        .filter(|address| scope.grants.allow_address(*address))
        .collect();
    allowed.dedup();
    if allowed.is_empty() {
        let message = match found.first() {
            Some(address) => format!("{host} is {address}, which must not be reached"),
            None => format!("cannot resolve {host}: no address"),
        };
        return Err(Unknown::new(UnknownReason::Denied, message));
    }
    lock(&scope.reach.pins).pin(&host.to_ascii_lowercase(), &allowed);
    Ok(allowed)
}

/// The error for a host that the trigger does not name.
pub(crate) fn denied(scope: &Scope, host: &str) -> Unknown {
    let granted = scope.grants.describe_hosts();
    Unknown::new(
        UnknownReason::Denied,
        format!("{host} is not named by this trigger's parameters (granted: {granted})"),
    )
}

/// A look-up under way, or its remaining addresses.
// The generated bindings re-export it, so it cannot be less visible than they are.
#[allow(unreachable_pub)]
pub enum Lookup {
    Pending(AbortOnDropJoinHandle<Result<Vec<IpAddr>, ErrorCode>>),
    Done(Result<std::vec::IntoIter<IpAddr>, ErrorCode>),
}

#[async_trait::async_trait]
impl Pollable for Lookup {
    async fn ready(&mut self) {
        if let Self::Pending(task) = self {
            *self = Self::Done(task.await.map(Vec::into_iter));
        }
    }
}

impl Host for GuestState {
    fn resolve_addresses(
        &mut self,
        _network: Resource<Network>,
        name: String,
    ) -> wasmtime::Result<Result<Resource<Lookup>, ErrorCode>> {
        self.impure("wasi:sockets/ip-name-lookup")?;
        let scope = self.scope.clone();
        let task = wasmtime_wasi::runtime::spawn(async move {
            resolve(&scope, &name).await.map_err(|unknown| {
                tracing::debug!(name, reason = %unknown, "name look-up failed");
                match unknown.reason {
                    UnknownReason::Denied => ErrorCode::AccessDenied,
                    _ => ErrorCode::NameUnresolvable,
                }
            })
        });
        Ok(Ok(self.table.push(Lookup::Pending(task))?))
    }
}

impl HostResolveAddressStream for GuestState {
    fn resolve_next_address(
        &mut self,
        stream: Resource<Lookup>,
    ) -> wasmtime::Result<Result<Option<IpAddress>, ErrorCode>> {
        Ok(match self.table.get_mut(&stream)? {
            Lookup::Pending(_) => Err(ErrorCode::WouldBlock),
            Lookup::Done(Ok(addresses)) => Ok(addresses.next().map(Into::into)),
            Lookup::Done(Err(code)) => Err(*code),
        })
    }

    fn subscribe(&mut self, stream: Resource<Lookup>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(&mut self.table, stream)
    }

    fn drop(&mut self, stream: Resource<Lookup>) -> wasmtime::Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }
}
