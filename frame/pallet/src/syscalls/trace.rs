//! One line for each syscall in the debug text of a dry run, if the log level enables it.
//!
//! ```text
//! seal2::set_storage(key_ptr: 805437312, key_len: 4, value_ptr: 536870912, value_len: 1) = 1
//! seal0::seal_return(flags: 0, data_ptr: 536870912, data_len: 2) = return 2 bytes
//! ```

use super::{Served, Stop};
use alloc::{format, string::String};
use contract_abi::syscall::{Returns, Syscall};
use core::fmt::Write;

/// The log target that enables it, at level `trace`.
const TARGET: &str = "runtime::contracts::strace";

/// Whether it is enabled.
pub fn enabled() -> bool {
    log::log_enabled!(target: TARGET, log::Level::Trace)
}

/// The line.
pub fn line(syscall: Syscall, args: &[u64], result: &Served) -> String {
    let mut text = format!("{}(", syscall.symbol());
    for (index, (name, value)) in syscall.args().iter().zip(args).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Only weights are 64 bits wide.
        let value =
            if matches!(*name, "gas" | "ref_time" | "proof_size") { *value } else { *value as u32 as u64 };
        let _ = write!(text, "{comma}{name}: {value}");
    }
    text.push_str(") = ");
    let _ = match result {
        Ok(_) if syscall.returns() == Returns::Unit => write!(text, "()"),
        Ok(value) => write!(text, "{value}"),
        Err(Stop::Return(output)) if output.did_revert() => {
            write!(text, "revert with {} bytes", output.data.len())
        }
        Err(Stop::Return(output)) => write!(text, "return {} bytes", output.data.len()),
        Err(Stop::Failed(error)) => text.write_str(<&str>::from(*error)),
    };
    text.push('\n');
    text
}
