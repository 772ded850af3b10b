//! What users are promised, told from outside: the built program, real processes, real servers.

mod manifests;

mod apart;
mod crashes;
mod edits;
mod endings;
mod fallback;
mod formula;
mod open_files;
mod outage;
mod redis_demonstration;
mod replaced_component;
mod restart;
mod secrets;
mod surface;
