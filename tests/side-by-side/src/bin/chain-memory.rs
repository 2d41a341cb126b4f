//! What a call takes of memory: run by `chain-bench`, for which it writes JSON.
//!
//! Two figures of a call that was made before, so that caches are warm. *heap*: how far the bytes that the allocator
//! has given out rise above what they were before. *pages*: bytes of memory that the process touched for the first
//! time, or again after it gave them back, by the operating system's count of page faults; there go what is mapped
//! without the allocator, such as an instance's memory.

use inkbpf_side_by_side::bench::{cases, chains, Contracts};
use peak_alloc::PeakAlloc;
use serde_json::json;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes of a page on the machines that this runs on.
const PAGE: f64 = 4096.0;
/// Calls that the pages are counted over.
const CALLS: u32 = 20;

fn main() -> anyhow::Result<()> {
    let contracts = Contracts::build();
    let mut measured = Vec::new();
    for mut chain in chains() {
        let name = chain.name();
        for case in cases(&mut *chain, &contracts) {
            let mut timed = chain.timed(&case.action);
            timed(3);
            let before = ALLOCATOR.current_usage();
            ALLOCATOR.reset_peak_usage();
            timed(1);
            let heap = ALLOCATOR.peak_usage().saturating_sub(before);
            let faults = minor_faults()?;
            for _ in 0..CALLS {
                timed(1);
            }
            let pages = (minor_faults()? - faults) as f64 * PAGE / f64::from(CALLS);
            measured.push(json!({ "chain": name, "case": case.name, "heap": heap, "pages": pages }));
        }
    }
    println!("{}", serde_json::Value::from(measured));
    Ok(())
}

/// Page faults of this process that needed no disk: the tenth field of proc(5)'s `stat`.
fn minor_faults() -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let field = after_name.split(' ').nth(7);
    Ok(field.ok_or_else(|| anyhow::anyhow!("/proc/self/stat is too short"))?.parse()?)
}
