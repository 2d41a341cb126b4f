//! The kernels, and how large their inputs are.

/// What a kernel says of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How fast it computes. The geometric means are over these.
    Compute,
    /// What a call of the host costs.
    HostCall,
    /// What a call of the guest costs.
    EmptyCall,
}

/// A kernel: the file of its name in `kernels/examples`.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// Its name, and that of its file.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    /// The input that compilers get, a few milliseconds' work.
    pub n: u64,
    /// The input that interpreters get. Compilers' ratios are never compared with theirs, and each is to
    /// native code on the same input.
    pub n_interpreted: u64,
    /// The input of the tests.
    pub n_tested: u64,
    /// Calls that are timed as one, where one is over too soon to be timed.
    pub calls: u32,
}

const fn compute(name: &'static str, n: u64, n_interpreted: u64, n_tested: u64) -> Kernel {
    Kernel { name, kind: Kind::Compute, n, n_interpreted, n_tested, calls: 1 }
}

/// All of them, in the order of the report.
pub const KERNELS: &[Kernel] = &[
    compute("sieve", 256 * 1024, 16 * 1024, 1000),
    compute("fib", 25, 18, 10),
    compute("quicksort", 16 * 1024, 1024, 200),
    compute("matmul", 128, 32, 10),
    compute("sha256", 64 * 1024, 4 * 1024, 200),
];
