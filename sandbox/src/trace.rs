//! Asks the pallet for the syscalls of contracts.
//!
//! As in `pallet-contracts`, the pallet writes a line for each syscall into the debug text of a dry run if the log is
//! at level `trace` for one target. This logger enables that level for that target and logs nothing itself.

struct OnlySyscalls;

/// The target that the pallet checks.
const TARGET: &str = "runtime::contracts::strace";

impl log::Log for OnlySyscalls {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}

/// Adds the syscalls to the debug text of all later dry runs of this process.
///
/// Does nothing if another logger is installed already: its levels then decide.
pub fn enable() {
    if log::set_logger(&OnlySyscalls).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}
