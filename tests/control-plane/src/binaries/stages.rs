//! What kwok does with nodes and pods: its own stages, taken from its module.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Below kwok's module.
const FOLDER: &str = "kustomize/stage";

const FILES: &[&str] = &[
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
    // Only for pods with the label that asks for it.
    "pod/chaos/pod-container-running-failed.yaml",
];

/// The file in a folder of programs.
pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("stages.yaml")
}

/// Writes the file from kwok's module.
pub(crate) fn copy(module: &Path, folder: &Path) -> Result<()> {
    let mut all = Vec::new();
    for file in FILES {
        let path = module.join(FOLDER).join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {file}"))?;
        all.push(if file.starts_with("pod/fast/") {
            with_delay(&text).with_context(|| format!("reading {file}"))?
        } else {
            text
        });
    }
    Ok(fs::write(file(folder), all.join("---\n"))?)
}

/// Lets a pod's annotation `<stage>.stage.kwok.x-k8s.io/delay`, such as `30s`, delay a stage that
/// is otherwise played at once: the annotations that kwok's slower stages have.
fn with_delay(stage: &str) -> Result<String> {
    let name = stage.lines().find_map(|line| line.strip_prefix("  name: "));
    let name = name.context("a stage without a name")?;
    ensure!(!stage.contains("  delay:"), "{name} has a delay by now");
    let (before, after) = stage
        .split_once("\n  next:\n")
        .context("a stage without `next`")?;
    Ok(format!(
        "{before}
  delay:
    durationMilliseconds: 0
    durationFrom:
      expressionFrom: '.metadata.annotations[\"{name}.stage.kwok.x-k8s.io/delay\"]'
  next:
{after}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_gets_a_delay_that_its_pods_may_set() {
        let stage = "metadata:\n  name: pod-ready\nspec:\n  next:\n    delete: true\n";
        let text = with_delay(stage).unwrap();
        assert!(text.contains("annotations[\"pod-ready.stage.kwok.x-k8s.io/delay\"]"));
        assert!(text.ends_with("\n  next:\n    delete: true\n"));
        assert!(with_delay(&text).is_err(), "twice");
    }
}
