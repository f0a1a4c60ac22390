//! What a user reads: every `--help` as it was last agreed on. `cargo insta review` agrees on a change.

mod common;

use common::wordferry;

#[test]
fn help() {
    let commands: &[&[&str]] = &[
        &[],
        &["transfer"],
        &["diagnose"],
        &["align"],
        &["translate"],
        &["map", "apply"],
        &["map", "invert"],
        &["train"],
        &["multitask"],
        &["finetune"],
        &["distil"],
        &["predict"],
        &["explain"],
        &["update"],
        &["forget"],
        &["label"],
        &["bridge"],
        &["anomalies"],
        &["clusters"],
        &["bench"],
        &["bench", "report"],
        &["vectors", "info"],
        &["vectors", "convert"],
        &["vectors", "neighbours"],
        &["vectors", "analogy"],
        &["evaluate", "lexicon"],
        &["evaluate", "similarity"],
        &["evaluate", "analogy"],
        &["evaluate", "classification"],
        &["evaluate", "few"],
        &["evaluate", "retrieval"],
        &["data", "list"],
        &["data", "fetch"],
        &["data", "import"],
        &["data", "verify"],
    ];
    for command in commands {
        let run = wordferry(".".as_ref(), &[*command, &["-h"]].concat()).ok();
        let name = ["help", &command.join("-")].join("-");
        insta::assert_snapshot!(name.trim_end_matches('-'), run.stdout);
    }
}
