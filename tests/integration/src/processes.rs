use std::collections::BTreeSet;
use std::fs;

/// Processes that run now, told from later ones with the same number by the time they began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processes(BTreeSet<(u32, u64)>);

impl Processes {
    /// Those that have the environment variable with that value, whoever their parents are.
    pub fn with_variable(name: &str, value: &str) -> Self {
        let wanted = format!("{name}={value}").into_bytes();
        Self::that(|pid, _| {
            fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|all| all.split(|byte| *byte == 0).any(|one| one == wanted))
        })
    }

    /// Children of `parent`.
    pub fn children_of(parent: u32) -> Self {
        Self::that(|_, stat| stat.parent == parent)
    }

    fn that(wanted: impl Fn(u32, &Stat) -> bool) -> Self {
        let all = fs::read_dir("/proc").expect("Linux has /proc").flatten();
        let found = all.filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = Stat::of(pid)?;
            wanted(pid, &stat).then_some((pid, stat.began))
        });
        Self(found.collect())
    }

    /// Those whose program has another name.
    #[must_use]
    pub fn without_program(self, name: &str) -> Self {
        let other = |(pid, _): &(u32, u64)| {
            let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
            program.file_name().is_none_or(|file| file != name)
        };
        Self(self.0.into_iter().filter(other).collect())
    }

    /// Those and these.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.0.extend(&others.0);
        self
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Those of them that still run.
    #[must_use]
    pub fn still_running(&self) -> Self {
        let running = |(pid, began): &(u32, u64)| Stat::of(*pid).is_some_and(|s| s.began == *began);
        Self(self.0.iter().copied().filter(running).collect())
    }

    /// `Ok` when none is left.
    ///
    /// # Errors
    /// Says which are left.
    pub fn gone(&self) -> Result<(), String> {
        let left = self.still_running();
        if left.0.is_empty() {
            return Ok(());
        }
        let name = |(pid, _): &(u32, u64)| {
            let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            format!("{pid} {words}")
        };
        Err(left.0.iter().map(name).collect::<Vec<_>>().join("; "))
    }
}

struct Stat {
    parent: u32,
    /// Clock ticks since the machine started.
    began: u64,
}

impl Stat {
    /// `None` for a process that has ended, if only its parent has not noticed.
    fn of(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything, so fields count from its end.
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
        (!matches!(fields[0], "Z" | "X")).then_some(Self {
            parent: fields[1].parse().ok()?,
            began: fields[19].parse().ok()?,
        })
    }
}
