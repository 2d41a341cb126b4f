//! Whether a case holds.

use super::case::{Case, CaseError};
use super::engine;
use bpf_vm::Engine;
use bpf_vm::Exit;
use std::path::Path;
use std::sync::Arc;

/// Gas for a case that sets no limit: enough for any file of the suite, and an end for a loop without one.
const GAS: u64 = 1 << 36;

/// Whether a file's program must run, or be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `tests/`.
    Positive,
    /// `negative/`.
    Negative,
}

/// Judges a file.
///
/// # Errors
/// Why it does not hold.
pub fn judge(path: &Path, side: Side, engine: Engine) -> Result<(), String> {
    let case = Case::read(path);
    match side {
        Side::Positive => {
            let case = case.map_err(|error| error.to_string())?;
            match case.expects_something() {
                true => positive(&case, engine),
                false => Err("the file does not say what is expected".to_owned()),
            }
        }
        Side::Negative => match case {
            Err(CaseError::File(message)) => Err(message),
            Err(CaseError::Program(_)) => Ok(()),
            // As the suite has it, a negative file is one that must not hold as a test. One that expects
            // an error is not let off by running.
            Ok(case) => match engine::load(&case.program) {
                Err(_) => Ok(()),
                Ok(_) if case.error || case.result.is_none() => Err("it was not refused".to_owned()),
                Ok(_) => match positive(&case, engine) {
                    Err(_) => Ok(()),
                    Ok(()) => Err("it gives the result that it must not give".to_owned()),
                },
            },
        },
    }
}

/// Judges a case that must run, or be refused in the way it says.
///
/// # Errors
/// Why it does not hold.
pub fn positive(case: &Case, engine: Engine) -> Result<(), String> {
    let program = match engine::load(&case.program) {
        Ok(program) => Arc::new(program),
        Err(refusal) => {
            let refusal = refusal.to_string();
            return match &case.refused {
                Some(beginning) if refusal.starts_with(beginning.as_str()) => Ok(()),
                None if case.error => Ok(()),
                _ => Err(format!("it was refused: {refusal}")),
            };
        }
    };
    if let Some(beginning) = &case.refused {
        return Err(format!("it was not refused: {beginning}"));
    }
    if case.error && case.result.is_none() {
        return Err("it was not refused".to_owned());
    }
    let limit = case.gas_limit.unwrap_or(GAS);
    let outcome = engine::run(engine, &program, &case.mem, limit)?;
    match (&case.stop, outcome.exit) {
        (None, Exit::Finished { r0, r2 }) => {
            expect("r0", case.result, r0)?;
            expect("r2", case.r2, r2)?;
        }
        (None, Exit::Trapped(trap)) => return Err(trap.to_string()),
        (None, _) => return Err(format!("gas ran out at slot {}", outcome.pc)),
        (Some(stop), Exit::Trapped(trap)) => {
            if stop.trap != Some(format!("{:?}", trap.kind)) || stop.at != trap.pc {
                return Err(format!("{trap}"));
            }
            expect("the address", stop.address.map(u64::from), u64::from(trap.addr.0))?;
        }
        (Some(stop), Exit::OutOfGas) => {
            if stop.trap.is_some() || stop.at != outcome.pc {
                return Err(format!("gas ran out at slot {}", outcome.pc));
            }
        }
        (Some(_), exit) => return Err(format!("it did not stop: {exit:?}")),
    }
    expect("the gas used", case.gas_used, limit - outcome.gas_left)?;
    match &case.mem_after {
        Some(after) if *after != outcome.memory => Err(format!("the memory is {:02x?}", outcome.memory)),
        _ => Ok(()),
    }
}

fn expect(what: &str, want: Option<u64>, have: u64) -> Result<(), String> {
    match want {
        Some(want) if want != have => Err(format!("{what} is {have:#x}, not {want:#x}")),
        _ => Ok(()),
    }
}
