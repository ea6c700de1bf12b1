//! Builds the FAISS shim and makes FAISS's runtimes link statically.
//!
//! `faiss-sys` asks for `-lstdc++ -lgomp -lblas -llapack`, which a linker takes from shared
//! libraries wherever it can. A folder that holds nothing but archives, first on the search path,
//! turns each of them into a static library: the binary then needs libc, libm and libgcc_s alone.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

const SHIM: &[&str] = &[
    "src/index/vector/faiss/shim.cpp",
    "src/index/vector/faiss/cells.cpp",
    "src/index/vector/faiss/walk.cpp",
];

/// Debian's serial OpenBLAS first: Fathom owns the threads.
const OPENBLAS: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.a",
    "/usr/lib/aarch64-linux-gnu/openblas-serial/libopenblas.a",
    "/usr/lib/libopenblas.a",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    SHIM.iter().for_each(|file| println!("cargo:rerun-if-changed={file}"));
    println!("cargo:rerun-if-env-changed=FATHOM_OPENBLAS");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    archives(&out.join("archives"));
    shim();
}

fn shim() {
    let faiss = env::var("DEP_FAISS_C_ROOT").expect("faiss-sys (feature static) sets its root");
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        // The exact scans live here: fast in every profile.
        .opt_level(3)
        .flag("-fopenmp")
        .flag("-Wno-unused-parameter")
        .include(Path::new(&faiss).join("include"))
        .files(SHIM)
        // libstdc++ comes from the folder of archives, through faiss-sys.
        .cpp_link_stdlib(None)
        .compile("fathom_faiss_shim");
}

/// Fills `folder` with links to archives only, and puts it on the search path.
fn archives(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("OUT_DIR is writable");
    for library in ["stdc++", "gomp", "gfortran", "quadmath"] {
        link(folder, library, &runtime(library));
    }
    let openblas = openblas();
    link(folder, "openblas", &openblas);
    link(folder, "blas", &openblas);
    // OpenBLAS holds LAPACK too: `-llapack` needs only to be found.
    fs::write(folder.join("liblapack.a"), "!<arch>\n").expect("OUT_DIR is writable");
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=gfortran");
    println!("cargo:rustc-link-lib=quadmath");
}

fn link(folder: &Path, library: &str, archive: &Path) {
    symlink(archive, folder.join(format!("lib{library}.a"))).expect("OUT_DIR is writable");
}

/// The compiler's own archive of one of its runtime libraries.
fn runtime(library: &str) -> PathBuf {
    let name = format!("lib{library}.a");
    let compiler = cc::Build::new().cpp(true).get_compiler();
    [compiler.path().to_path_buf(), "gfortran".into(), "gfortran-12".into()]
        .iter()
        .filter_map(|program| {
            let output = Command::new(program).arg(format!("-print-file-name={name}")).output();
            let path = PathBuf::from(String::from_utf8(output.ok()?.stdout).ok()?.trim());
            // A compiler that does not have it answers the bare name.
            path.is_absolute().then_some(path)
        })
        .find_map(|path| path.canonicalize().ok())
        .unwrap_or_else(|| panic!("{name} is missing: run scripts/install_deps"))
}

fn openblas() -> PathBuf {
    let given = env::var_os("FATHOM_OPENBLAS").map(PathBuf::from);
    given
        .into_iter()
        .chain(OPENBLAS.iter().map(PathBuf::from))
        .find_map(|path| path.canonicalize().ok())
        .unwrap_or_else(|| {
            panic!("libopenblas.a is missing: run scripts/install_deps, or set FATHOM_OPENBLAS")
        })
}
