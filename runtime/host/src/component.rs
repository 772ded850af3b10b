use std::sync::Arc;

use runtime_types::Description;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::HostError;
use crate::abi::v1::{Plugin, PluginPre, files, ip_name_lookup, kube_read, kv, log, sharing, tls};
use crate::state::GuestState;

/// A component ready to be instantiated.
pub(crate) struct LoadedComponent {
    pub(crate) description: Arc<Description>,
    /// blake3 of the file, in hexadecimal.
    pub(crate) digest: String,
    pre: PluginPre<GuestState>,
}

impl LoadedComponent {
    pub(crate) fn new(
        linker: &Linker<GuestState>,
        component: &Component,
        description: Arc<Description>,
        digest: String,
    ) -> Result<Self, HostError> {
        let contract = |e: wasmtime::Error| HostError::Contract(format!("{e:#}"));
        let pre = linker.instantiate_pre(component).map_err(contract)?;
        let pre = PluginPre::new(pre).map_err(contract)?;
        Ok(Self {
            description,
            digest,
            pre,
        })
    }

    pub(crate) async fn instantiate(
        &self,
        store: &mut Store<GuestState>,
    ) -> wasmtime::Result<Plugin> {
        self.pre.instantiate_async(store).await
    }
}

/// Everything a component can import. What is not here makes loading fail by its name.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<GuestState>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    // wasmtime-wasi's own look-up knows no names, only addresses: ours replaces it.
    linker.allow_shadowing(true);
    ip_name_lookup::add_to_linker::<_, Whole>(&mut linker, |state| state)?;
    linker.allow_shadowing(false);
    log::add_to_linker::<_, Whole>(&mut linker, |state| state)?;
    kv::add_to_linker::<_, Whole>(&mut linker, |state| state)?;
    files::add_to_linker::<_, Whole>(&mut linker, |state| state)?;
    kube_read::add_to_linker::<_, Whole>(&mut linker, |state| state)?;
    tls::add_to_linker::<_, Whole>(&mut linker, |state| state)?;
    sharing::add_to_linker::<_, Whole>(&mut linker, |state| state)?;
    Ok(linker)
}

/// Our host functions get the whole of a store's data.
struct Whole;

impl wasmtime::component::HasData for Whole {
    type Data<'a> = &'a mut GuestState;
}
