//! Every kernel gives the same result on every machine.

use inkbpf_benches::compile::Compiler;
use inkbpf_benches::engine;
use inkbpf_benches::measure::agree;
use inkbpf_benches::table::KERNELS;

#[test]
fn every_kernel_on_every_engine() {
    let contenders = engine::all().expect("the machines can be set up");
    let compiler = Compiler::new().expect("the kernels compile");
    let mut ran = vec![0; contenders.len()];
    let mut failures = String::new();
    for &kernel in KERNELS {
        let programs =
            compiler.programs(kernel.name).unwrap_or_else(|error| panic!("{}: {error:#}", kernel.name));
        let agreement = agree(kernel, &programs, &contenders).expect("native code runs");
        for contender in agreement.agree {
            ran[contender] += 1;
        }
        for (contender, why) in agreement.failures {
            failures.push_str(&format!("{} on {}: {why}\n", kernel.name, contenders[contender].name));
        }
    }
    assert!(failures.is_empty(), "{failures}");
    for (contender, ran) in contenders.iter().zip(ran).skip(1) {
        // Other eBPF machines have limits that some kernels exceed. Nothing else has.
        let least = match contender.name.split(' ').next() {
            Some("rbpf") => 3,
            Some("solana-sbpf") => KERNELS.len() - 1,
            _ => KERNELS.len(),
        };
        assert!(ran >= least, "{} ran {ran} kernels", contender.name);
    }
}
