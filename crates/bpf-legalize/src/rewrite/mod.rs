//! The rewrites, in order.
//!
//! Each rewrite looks for one thing that the back end cannot compile and replaces it by something that it
//! can. A module without that thing is left unchanged, so IR that needs nothing comes out as it went in.
//!
//! | order | rewrite | why there |
//! | --- | --- | --- |
//! | 1 | [`entry_points`] | what is private can be removed when it is dead |
//! | 2 | [`refuse`] | after dead code is gone, before names change |
//! | 3 | [`verifier_hints`] | they hide values from every pass |
//! | 4 | [`abort`] | |
//! | 5 | [`relative_tables`] | |
//! | 6 | [`private_tables`] | after 5, which makes some |
//! | 7 | *LLVM's* `lower-atomic` | there is one thread |
//! | 8 | [`overflow`] | leaves products of more than 128 bits to 9 |
//! | 9 | [`wide_multiply`] | |
//! | 10 | [`wide_divide`] | |
//! | 11 | [`wide_shift`] | |
//! | 12 | [`runtime`] | adds bodies for what 8 to 11 call |
//! | 13 | [`signatures`] | after 12, whose functions return two values |
//! | 14 | [`memory`] | no pass after it may form a `llvm.memcpy` again |
//! | 15 | [`separate_traps`] | last: passes know what `llvm.trap` is |

pub mod abort;
pub mod entry_points;
pub mod memory;
pub mod overflow;
pub mod private_tables;
pub mod refuse;
pub mod relative_tables;
pub mod runtime;
pub mod separate_traps;
pub mod signatures;
pub mod verifier_hints;
pub mod wide_divide;
pub mod wide_multiply;
pub mod wide_shift;

use crate::error::LegalizeError;
use crate::llvm::{Module, TargetMachine};

/// The input of a run besides the module.
pub struct Setting<'a> {
    /// Functions that stay visible.
    pub entry_points: &'a [String],
    /// The target machine, for passes that need it.
    pub target: &'a TargetMachine,
    /// Whether LLVM's own optimisations run between the rewrites.
    pub optimize: bool,
}

/// Optimisations before the rewrites.
///
/// rustc has run LTO, but at that time code that the entry points do not need was still visible, and the
/// hints of [`verifier_hints`] hid values. In kB of code over fifteen ink! contracts: 386 without these
/// passes, 374 with one run of LLVM's pipeline for size, 360 with the inliner threshold of
/// `llvm::BACK_END_OPTIONS`, 353 with a second run, which can work on the result of the first run's inlining.
const BEFORE: &str = "default<Oz>,default<Oz>";

/// Optimisations after the arithmetic is expanded and before signatures change.
const BETWEEN: &str = "function(sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg)";

/// Optimisations after signatures have changed. Nothing here forms library calls.
const AFTER: &str = "function(early-cse,instsimplify,simplifycfg,dce),globaldce";

/// Runs all rewrites.
///
/// # Errors
/// The first construct that cannot be compiled.
pub fn run(module: &mut Module, setting: &Setting<'_>) -> Result<(), LegalizeError> {
    entry_points::run(module, setting.entry_points)?;
    pass(module, setting, "globaldce")?;
    refuse::run(module)?;
    verifier_hints::run(module);
    abort::run(module);
    if setting.optimize {
        pass(module, setting, BEFORE)?;
    }
    check(module, "verifier_hints")?;
    // After optimisation, which creates some of these tables.
    relative_tables::run(module);
    private_tables::run(module);
    pass(module, setting, "function(lower-atomic)")?;
    arithmetic(module, setting)?;
    signatures::run(module)?;
    check(module, "signatures")?;
    if setting.optimize {
        pass(module, setting, AFTER)?;
    }
    memory::run(module);
    pass(module, setting, "globaldce")?;
    separate_traps::run(module);
    check(module, "memory")
}

fn arithmetic(module: &mut Module, setting: &Setting<'_>) -> Result<(), LegalizeError> {
    if !spell_out(module, setting)? || !setting.optimize {
        return Ok(());
    }
    pass(module, setting, BETWEEN)?;
    // Folding may have recreated what was just expanded: an overflow check from a comparison.
    spell_out(module, setting).map(drop)
}

/// Rewrites 8 to 12. Returns whether anything changed.
fn spell_out(module: &mut Module, setting: &Setting<'_>) -> Result<bool, LegalizeError> {
    // `|`, not `||`: each one has to run.
    let changed = overflow::run(module)
        | wide_multiply::run(module)
        | wide_divide::run(module)
        | wide_shift::run(module);
    check(module, "wide arithmetic")?;
    if changed {
        runtime::link(module)?;
        pass(module, setting, "always-inline,globaldce")?;
    }
    Ok(changed)
}

fn pass(module: &mut Module, setting: &Setting<'_>, pipeline: &str) -> Result<(), LegalizeError> {
    module.run_passes(pipeline, setting.target).map_err(LegalizeError::Fatal)
}

fn check(module: &mut Module, rewrite: &'static str) -> Result<(), LegalizeError> {
    module.verify().map_err(|message| LegalizeError::Broken { rewrite, message })
}
