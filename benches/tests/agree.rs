//! Every kernel gives the same result on every machine.

use inkbpf_benches::compile::Compiler;
use inkbpf_benches::engine;
use inkbpf_benches::measure::agree;
use inkbpf_benches::table::KERNELS;

#[test]
fn every_kernel_on_every_engine() {
    let contenders = engine::all().expect("the machines can be set up");
    let compiler = Compiler::new().expect("the kernels compile");
    let mut failures = String::new();
    for &kernel in KERNELS {
        let programs =
            compiler.programs(kernel.name).unwrap_or_else(|error| panic!("{}: {error:#}", kernel.name));
        for (contender, why) in agree(kernel, &programs, &contenders).expect("native code runs") {
            failures.push_str(&format!("{} on {}: {why}\n", kernel.name, contenders[contender].name));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
