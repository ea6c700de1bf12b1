//! The `fathom` program.

fn main() -> std::process::ExitCode {
    fathom::node::main()
}
