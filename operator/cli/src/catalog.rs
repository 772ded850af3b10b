//! The catalog of scalers that the arguments describe.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use runtime_host::compiler::Compiler;
use runtime_host::{AotCache, Catalog, CatalogConfig, HostPattern, KubeRead, Policy};

use crate::args::CatalogArgs;

/// Whose manifests are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Of whoever started the program: they run with the same rights as we do.
    Own,
    /// Of people who may write objects in a cluster, and have no business in our file system.
    Tenants,
}

/// Opens the catalog, where there is no cluster. A cache that cannot be used costs time, not function.
pub(crate) fn open(args: &CatalogArgs, trust: Trust) -> anyhow::Result<Catalog> {
    open_with(args, trust, None)
}

/// The same, with a cluster that scalers may read.
pub(crate) fn open_with(
    args: &CatalogArgs,
    trust: Trust,
    kube_read: Option<Arc<dyn KubeRead>>,
) -> anyhow::Result<Catalog> {
    let folders = folders(args)?;
    let shown: Vec<_> = folders.iter().map(|f| f.display().to_string()).collect();
    let shown = shown.join(", ");
    let cache_folder = args.cache_dir.clone().or_else(default_cache);
    let cache = cache_folder.and_then(|folder| {
        AotCache::open(folder.join("aot"))
            .inspect_err(|error| tracing::warn!(%error, "compiled scalers are not kept"))
            .ok()
    });
    let directories = match (args.allow_directory.is_empty(), trust) {
        (true, Trust::Own) => vec![PathBuf::from("/")],
        (true, Trust::Tenants) => vec![],
        (false, _) => args
            .allow_directory
            .iter()
            .map(|folder| {
                std::path::absolute(folder)
                    .with_context(|| format!("--allow-directory {}", folder.display()))
            })
            .collect::<anyhow::Result<_>>()?,
    };
    let config = CatalogConfig {
        cache,
        kube_read,
        compiler: Some(Compiler::this_program()),
        policy: Policy {
            hosts: args
                .allow_host
                .iter()
                .map(|h| HostPattern::new(h))
                .collect(),
            directories,
            link_local: args.allow_link_local,
            kube: args.kube(),
        },
        ..CatalogConfig::new(folders)
    };
    let catalog = Catalog::open(config)
        // Its text has its cause in it already.
        .map_err(|error| anyhow!("the scalers cannot be loaded: {error} (--scalers)"))?;
    if catalog.entries().is_empty() {
        let faults = catalog.faults().into_iter();
        let faults: Vec<String> = faults
            .map(|fault| format!("; {}: {}", fault.path.display(), fault.message))
            .collect();
        bail!(
            "there is no usable scaler (*.wasm) in {}; name a folder of components with --scalers{}",
            shown,
            faults.concat()
        );
    }
    Ok(catalog)
}

fn folders(args: &CatalogArgs) -> anyhow::Result<Vec<PathBuf>> {
    if !args.scalers.is_empty() {
        return Ok(args.scalers.clone());
    }
    let program = std::env::current_exe().context("where this program lies is not known")?;
    let beside = program.with_file_name("scalers");
    if !beside.is_dir() {
        bail!(
            "no scalers: {} does not exist; name a folder of components with --scalers",
            beside.display()
        );
    }
    Ok(vec![beside])
}

/// `$XDG_CACHE_HOME/penstock`, or `~/.cache/penstock`.
fn default_cache() -> Option<PathBuf> {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    variable("XDG_CACHE_HOME")
        // The specification has relative paths ignored.
        .filter(|path| path.is_absolute())
        .or_else(|| Some(variable("HOME")?.join(".cache")))
        .map(|cache| cache.join("penstock"))
}
