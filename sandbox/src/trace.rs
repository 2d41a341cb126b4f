//! Asks the pallet for the syscalls of contracts.
//!
//! The pallet writes a line for each syscall into the debug text of a dry run when the log is at level
//! `trace` for one target, as `pallet-contracts` does. This is a logger that is at that level for that
//! target and says nothing itself.

struct OnlySyscalls;

/// The target the pallet asks about.
const TARGET: &str = "runtime::contracts::strace";

impl log::Log for OnlySyscalls {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}

/// Has the syscalls in the debug text of all dry runs of this process from now on.
///
/// Does nothing where another logger is installed already: then its levels decide.
pub fn enable() {
    if log::set_logger(&OnlySyscalls).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}
