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

/// Makes a function whose loops are compiled several times: for the vectors of AVX-512, of AVX2, and of any processor. What it calls
/// must be `#[inline(always)]`, or it would be compiled by itself, for any processor. The results are the same.
macro_rules! vectorised {
    ($(#[$meta:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        #[expect(unsafe_code, reason = "a function for a processor that has some instructions")]
        fn $name($($argument: $type),*) {
            #[inline(always)]
            fn any($($argument: $type),*) $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            fn avx512($($argument: $type),*) {
                any($($argument),*);
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) {
                any($($argument),*);
            }

            #[cfg(target_arch = "x86_64")]
            {
                let instructions = $crate::transformer::cpu::instructions::Instructions::of_this_processor();
                if instructions.avx512 {
                    // SAFETY: the processor has the instructions.
                    return unsafe { avx512($($argument),*) };
                }
                if instructions.avx2 {
                    // SAFETY: the processor has the instructions.
                    return unsafe { avx2($($argument),*) };
                }
            }
            any($($argument),*);
        }
    };
}

pub(super) use vectorised;
