//! The engine for contracts on the embedded chain: its argument, and how it is shown.

use crate::output::Output;
use inkbpf_sandbox::{Engine, Host};
use serde::Serialize;

/// Parses the name of an engine.
///
/// # Errors
/// When there is no engine with this name.
pub fn parse(name: &str) -> Result<Engine, String> {
    Engine::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Engine::all().map(Engine::name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

#[derive(Serialize)]
struct Description {
    asked: &'static str,
    engine: &'static str,
    code: &'static str,
    memory: &'static str,
    cache_bytes: usize,
    available: Vec<&'static str>,
}

/// Describes what runs contracts here if `asked` is requested.
pub fn describe(asked: Engine, output: &mut Output) {
    let host = Host::new(asked);
    let used = match asked {
        Engine::Embedded => asked,
        Engine::Host(_) => Engine::Host(host.tried()),
    };
    let (code, memory) = match used.name() {
        "jit" => ("x86-64 machine code", "guarded by the processor, through the GS segment"),
        "jit-base" => ("x86-64 machine code", "guarded by the processor, through a base register"),
        "jit-checked" => {
            ("x86-64 machine code", "compared with the end of its region at every access outside the frame")
        }
        "embedded" => ("interpreted, in the runtime", "compared with the end of its region at every access"),
        _ => ("interpreted, in the host", "compared with the end of its region at every access"),
    };
    let available = Engine::all().filter(|engine| match engine {
        Engine::Host(engine) => Host::new(Engine::Host(*engine)).tried() == *engine,
        Engine::Embedded => true,
    });
    let description = Description {
        asked: asked.name(),
        engine: used.name(),
        code,
        memory,
        cache_bytes: if used == Engine::Embedded { 0 } else { host.cache().capacity() },
        available: available.map(Engine::name).collect(),
    };
    output.result(&description, |out| {
        let mut row = |name: &str, value: &str| writeln!(out, "{name:<12}{value}");
        row("Engine", description.engine)?;
        if asked != used {
            row("Instead of", description.asked)?;
        }
        row("Code", code)?;
        row("Memory", memory)?;
        match description.cache_bytes {
            0 => row("Cache", "none: programs are verified at every call")?,
            bytes => row("Cache", &format!("{} MiB of programs", bytes >> 20))?,
        }
        row("Available", &description.available.join(", "))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_can_be_named() {
        for engine in Engine::all() {
            assert_eq!(parse(engine.name()), Ok(engine));
        }
        assert!(parse("fast").unwrap_err().contains("jit-checked"));
    }
}
