//! What the processor can do beyond its architecture's minimum.

use std::sync::OnceLock;

/// Groups of instructions that the products have a form of their own for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Instructions {
    pub(crate) avx2: bool,
    pub(crate) avx512: bool,
    pub(crate) avx512_bf16: bool,
    pub(crate) avx512_vnni: bool,
}

impl Instructions {
    pub(crate) fn of_this_processor() -> Self {
        static FOUND: OnceLock<Instructions> = OnceLock::new();
        *FOUND.get_or_init(Self::find)
    }

    #[cfg(target_arch = "x86_64")]
    fn find() -> Self {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        Self {
            avx2,
            avx512,
            avx512_bf16: avx512 && is_x86_feature_detected!("avx512bf16"),
            avx512_vnni: avx512 && is_x86_feature_detected!("avx512vnni"),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn find() -> Self {
        Self::default()
    }
}
