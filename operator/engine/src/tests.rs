//! The engine against scripted sources and a recorded target, in paused time: waiting is for
//! what is published, and the clock runs ahead whenever all tasks wait.

mod failing;
mod lifecycle;
mod story;
mod world;
