//! Where a network is computed: a name in, a device that this build and this machine have out.

use std::fmt;
use std::str::FromStr;

use super::candle;
use crate::{Error, Result};

/// A device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The processor, by this crate's own forward pass.
    #[default]
    Cpu,
    /// A GPU by its number, through CUDA.
    Cuda(usize),
    /// The GPU, through Metal.
    Metal,
}

impl Device {
    /// Makes sure that this build and this machine have it.
    ///
    /// # Errors
    /// If they do not, with the feature to build with or the library that is missing.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Cpu => Ok(()),
            Self::Cuda(_) | Self::Metal => candle::check(self),
        }
    }

    /// That this build does not have it.
    pub(crate) fn not_built(self) -> Error {
        let hint = match self {
            Self::Cpu => "build with --features finetune",
            Self::Cuda(_) => "build with --features cuda, or use --device cpu",
            Self::Metal => "build with --features metal, or use --device cpu",
        };
        Error::Absent { expected: format!("the device {self}"), found: "a build without it".into(), hint }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.pad("cpu"),
            Self::Cuda(number) => f.pad(&format!("cuda:{number}")),
            Self::Metal => f.pad("metal"),
        }
    }
}

/// A device by name, or the best that there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// CUDA's first, else Metal, else the processor.
    #[default]
    Auto,
    /// This one.
    Only(Device),
}

impl DeviceChoice {
    /// The device, and in a few words why it is that one.
    ///
    /// # Errors
    /// If the one that was asked for is not there.
    pub fn resolve(self) -> Result<(Device, String)> {
        let device = match self {
            Self::Only(device) => {
                return device.check().map(|()| (device, format!("{device}, as asked for")));
            }
            Self::Auto => [Device::Cuda(0), Device::Metal].map(|device| (device, device.check())),
        };
        let mut refused = Vec::new();
        for (device, outcome) in device {
            match outcome {
                Ok(()) => return Ok((device, format!("{device}, the fastest that was found"))),
                Err(Error::Absent { found, .. }) => refused.push(format!("{device}: {found}")),
                Err(error) => refused.push(format!("{device}: {error}")),
            }
        }
        Ok((Device::Cpu, format!("cpu ({})", refused.join("; "))))
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    /// `auto`, `cpu`, `cuda`, `cuda:N` or `metal`.
    fn from_str(name: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().map(Device::Cuda).ok();
        let device = match name {
            "auto" => return Ok(Self::Auto),
            "cpu" => Some(Device::Cpu),
            "cuda" => Some(Device::Cuda(0)),
            "metal" => Some(Device::Metal),
            other => other.strip_prefix("cuda:").and_then(number),
        };
        device.map(Self::Only).ok_or_else(|| "expected auto, cpu, cuda, cuda:N or metal".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        let check = |name: &str, expected: Option<DeviceChoice>| {
            assert_eq!(name.parse().ok(), expected, "{name}");
        };
        check("auto", Some(DeviceChoice::Auto));
        check("cpu", Some(DeviceChoice::Only(Device::Cpu)));
        check("cuda", Some(DeviceChoice::Only(Device::Cuda(0))));
        check("cuda:3", Some(DeviceChoice::Only(Device::Cuda(3))));
        check("metal", Some(DeviceChoice::Only(Device::Metal)));
        check("cuda:", None);
        check("gpu", None);
    }

    #[cfg(not(any(feature = "cuda", feature = "metal")))]
    #[test]
    fn what_is_not_built_names_its_feature() {
        let error = DeviceChoice::Only(Device::Cuda(1)).resolve().unwrap_err();
        assert_eq!(error.to_string(), "expected the device cuda:1, found a build without it");
        assert!(error.hint().unwrap().contains("--features cuda"));
        let (device, why) = DeviceChoice::Auto.resolve().unwrap();
        assert_eq!(device, Device::Cpu);
        assert_eq!(why, "cpu (cuda:0: a build without it; metal: a build without it)");
    }
}
