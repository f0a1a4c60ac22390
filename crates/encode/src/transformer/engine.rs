//! What computes a network: a name in, an engine that this build has and that fits the device out.

use std::fmt;
use std::str::FromStr;

use super::cpu::Precision;
use super::device::Device;
use crate::{Error, Result};

/// What computes a network. All engines read the same folders and give the same rows but for rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// This crate's own forward pass, on the processor.
    Own,
    /// candle, on every device; it alone trains.
    Candle,
    /// rust-bert over libtorch, on the processor.
    RustBert,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Self; 3] = [Self::Own, Self::Candle, Self::RustBert];

    /// The name, as the command line writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Candle => "candle",
            Self::RustBert => "rust-bert",
        }
    }

    /// The usual one for a device: the crate's own on the processor, candle on any other.
    pub fn usual(device: Device) -> Self {
        if device == Device::Cpu { Self::Own } else { Self::Candle }
    }

    /// Makes sure that this build has it.
    ///
    /// # Errors
    /// If it does not, with the feature to build with.
    pub fn check(self) -> Result<()> {
        let is_built = match self {
            Self::Own => true,
            Self::Candle => cfg!(feature = "candle"),
            Self::RustBert => cfg!(feature = "rust-bert"),
        };
        if is_built { Ok(()) } else { Err(self.not_built()) }
    }

    /// That this build does not have it.
    pub(crate) fn not_built(self) -> Error {
        let hint = match self {
            Self::Own | Self::Candle => "build with --features finetune, or use --engine own",
            Self::RustBert => "build with --features rust-bert (scripts/rust-bert.sh), or use --engine own",
        };
        Error::Absent { expected: format!("the engine {self}"), found: "a build without it".into(), hint }
    }

    /// Makes sure that this build has it, and that it computes on this device with these numbers.
    ///
    /// # Errors
    /// If it does not.
    pub(crate) fn check_for(self, device: Device, precision: Precision) -> Result<()> {
        self.check()?;
        let (expected, hint) = if self != Self::Candle && device != Device::Cpu {
            (format!("an engine that computes on {device}"), "choose --engine candle, or --device cpu")
        } else if self == Self::RustBert && precision != Precision::F32 {
            (format!("an engine that computes in {}", precision.name()), "choose --engine own, or f32")
        } else {
            return Ok(());
        };
        Err(Error::Absent { expected, found: format!("the engine {self}"), hint })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Engine {
    type Err = String;

    /// `own`, `candle` or `rust-bert`.
    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|engine| engine.name() == name);
        found.ok_or_else(|| "expected own, candle or rust-bert".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        for engine in Engine::ALL {
            assert_eq!(engine.name().parse(), Ok(engine));
        }
        assert_eq!("torch".parse::<Engine>(), Err("expected own, candle or rust-bert".into()));
    }

    #[test]
    fn what_an_engine_cannot_is_said() {
        let check = |engine: Engine, device: Device, precision: Precision, expected: &str| {
            let found = engine.check_for(device, precision).err();
            let found = found.map(|error| format!("{error}; {}", error.hint().unwrap_or("no hint")));
            let found = found.unwrap_or_else(|| "nothing".into());
            assert!(found.contains(expected), "{engine}, {device}: {found}, without {expected}");
        };
        check(Engine::Own, Device::Cpu, Precision::Int8, "nothing");
        check(Engine::Own, Device::Cuda(0), Precision::F32, "an engine that computes on cuda:0");
        check(Engine::Own, Device::Metal, Precision::F32, "choose --engine candle");
        if cfg!(feature = "candle") {
            check(Engine::Candle, Device::Cuda(0), Precision::Bf16, "nothing");
        } else {
            check(Engine::Candle, Device::Cpu, Precision::F32, "build with --features finetune");
        }
        if cfg!(feature = "rust-bert") {
            check(Engine::RustBert, Device::Cpu, Precision::F32, "nothing");
            check(Engine::RustBert, Device::Cpu, Precision::Bf16, "an engine that computes in bf16");
            check(Engine::RustBert, Device::Cuda(0), Precision::F32, "an engine that computes on cuda:0");
        } else {
            check(Engine::RustBert, Device::Cpu, Precision::F32, "build with --features rust-bert");
        }
    }
}
