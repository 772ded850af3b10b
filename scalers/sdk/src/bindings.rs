//! Generated from `wit/`. Scalers use what the crate's root re-exports of it.
#![allow(missing_docs, unreachable_pub, clippy::all, unsafe_op_in_unsafe_fn)]

wit_bindgen::generate!({
    // Only what the SDK wraps: client libraries reach sockets and clocks through std, whose
    // imports the linker adds by itself, and bindings of all of WASI take long to compile.
    inline: "
        package penstock:guest;

        world guest {
            import penstock:scaler/log@0.1.0;
            import penstock:scaler/kv@0.1.0;
            import penstock:scaler/files@0.1.0;
            import penstock:scaler/kube-read@0.1.0;
            import penstock:scaler/tls@0.1.0;
            import penstock:scaler/sharing@0.1.0;
            import wasi:clocks/monotonic-clock@0.2.12;
            import wasi:http/outgoing-handler@0.2.12;
            export penstock:scaler/scaler@0.1.0;
        }
    ",
    path: "../../wit",
    world: "penstock:guest/guest",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "scaler_sdk::bindings",
    additional_derives: [PartialEq],
    additional_derives_ignore: ["stream-error", "connection"],
});
