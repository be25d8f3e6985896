//! Linker flags of the library, each with its reason. The command gets none of them.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=scripts/link.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    // Release builds for old systems (scripts/package): zig's linker has its own static unwinder, and knows no
    // `initfirst`, which only one library may have before glibc 2.34, where libpthread has it.
    let by_zig = env::var("RUSTC_LINKER").is_ok_and(|linker| linker.contains("zigcc"));

    // std asks for -lgcc_s. A preload that needs a library the program's image lacks stops every program of
    // the tree (exit 127), so the name is answered with the static archives and NEEDED stays libc and ld.so.
    if !by_zig {
        let instead_of_libgcc_s = out.join("static-unwinder");
        fs::create_dir_all(&instead_of_libgcc_s)?;
        fs::write(instead_of_libgcc_s.join("libgcc_s.so"), "INPUT(libgcc_eh.a libgcc.a)\n")?;
        flag(&format!("-L{}", instead_of_libgcc_s.display()));
    }

    // A cdylib has no soname of its own; without one, tools print the path it was built at.
    flag("-Wl,-soname,libforkproof.so");
    // Signal handlers, atfork handlers and exit functions of ours stay installed: never unmap their code.
    flag("-Wl,-z,nodelete");
    // Bind at load: a lazy binding resolved in a forked child takes the loader's lock and a page of its own.
    flag("-Wl,-z,now");
    // Other libraries' constructors run before a preload's. This turns the order round (glibc >= 2.34, where
    // libpthread no longer carries the flag itself): our atfork handlers are then the innermost, with nobody's
    // code between them and the kernel's fork.
    if !by_zig {
        flag("-Wl,-z,initfirst");
    }
    Ok(())
}

fn flag(text: &str) {
    println!("cargo::rustc-cdylib-link-arg={text}");
}
