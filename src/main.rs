//! The `fathom` program.

/// A statement makes hundreds of small values and drops them, often on another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    fathom::node::main()
}
