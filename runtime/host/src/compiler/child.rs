use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use wasmtime::Engine;

use crate::engine;
use crate::limits::Limits;

/// What the child must know of the limits.
pub(super) fn arguments(limits: &Limits) -> [OsString; 4] {
    [
        limits.memory_bytes.to_string(),
        limits.table_elements.to_string(),
        limits.compile_timeout.as_secs().max(1).to_string(),
        limits.compile_bytes.to_string(),
    ]
    .map(OsString::from)
}

/// Compiles a component from standard input to standard output, with the limits that the arguments after
/// [`super::SUBCOMMAND`] give. To be called before anything else is done.
pub fn main() -> ExitCode {
    match compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Its first line is what the user is told.
            let _ = writeln!(std::io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}

fn compile() -> Result<(), String> {
    let numbers: Vec<u64> = std::env::args()
        .skip(2)
        .map(|text| text.parse().map_err(|_| format!("{text:?} is no limit")))
        .collect::<Result<_, _>>()?;
    let [memory, tables, seconds, bytes] = numbers[..] else {
        return Err("a compiler takes four limits".into());
    };
    limit(Resource::Cpu, seconds)?;
    limit(Resource::As, bytes)?;
    // A crash of the compiler is told by its status; its memory is of no use on disk.
    limit(Resource::Core, 0)?;
    let size = |n: u64| usize::try_from(n).map_err(|_| format!("{n} is too large"));
    let limits = Limits {
        memory_bytes: size(memory)?,
        table_elements: size(tables)?,
        compile_timeout: Duration::from_secs(seconds),
        ..Limits::default()
    };
    let mut component = Vec::new();
    std::io::stdin()
        .read_to_end(&mut component)
        .map_err(|e| format!("the component cannot be read: {e}"))?;
    let engine = Engine::new(&engine::compiling(&limits)).map_err(|e| format!("{e:#}"))?;
    let code = engine
        .precompile_component(&component)
        .map_err(|e| format!("{e:#}").replace('\n', " "))?;
    std::io::stdout()
        .write_all(&code)
        .map_err(|e| format!("the machine code cannot be written: {e}"))
}

fn limit(resource: Resource, most: u64) -> Result<(), String> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(resource, limit).map_err(|e| format!("the limit cannot be set: {e}"))
}
