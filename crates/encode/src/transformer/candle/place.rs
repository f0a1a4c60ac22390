//! Where tensors lie, and as what numbers.

use candle_core::{DType, Shape, Tensor};

use crate::transformer::cpu::Precision;
use crate::transformer::device::Device;
use crate::{Error, Result};

/// A device that was opened, and the type of the numbers there.
pub(super) struct Place {
    device: Device,
    opened: candle_core::Device,
    dtype: DType,
}

/// Makes sure that a device can be opened.
///
/// # Errors
/// If it cannot.
pub(crate) fn check(device: Device) -> Result<()> {
    open(device).map(drop)
}

impl Place {
    /// # Errors
    /// If the device cannot be opened, or cannot compute with such numbers.
    pub(super) fn new(device: Device, precision: Precision) -> Result<Self> {
        let dtype = match (precision, device) {
            (Precision::F32, _) => DType::F32,
            (Precision::Bf16, Device::Cuda(_) | Device::Metal) => DType::BF16,
            (Precision::Bf16 | Precision::Int8, _) => {
                return Err(Error::Absent {
                    expected: format!("a precision that {device} computes with here"),
                    found: precision.name().into(),
                    hint: "choose f32, or bf16 on a GPU",
                });
            }
        };
        Ok(Self { device, opened: open(device)?, dtype })
    }

    pub(super) fn tensor(&self, values: Vec<f32>, shape: impl Into<Shape>) -> candle_core::Result<Tensor> {
        Tensor::from_vec(values, shape.into(), &self.opened)?.to_dtype(self.dtype)
    }

    /// What candle said, and where.
    pub(super) fn failed(&self, error: candle_core::Error) -> Error {
        Error::Computation { device: self.device.to_string(), reason: error.to_string() }
    }
}

fn open(device: Device) -> Result<candle_core::Device> {
    match device {
        Device::Cpu => Ok(candle_core::Device::Cpu),
        Device::Cuda(number) => cuda(number),
        Device::Metal => metal(),
    }
}

#[cfg(feature = "cuda")]
fn cuda(number: usize) -> Result<candle_core::Device> {
    let refused = |found: String, hint: &'static str| refused(Device::Cuda(number), found, hint);
    // Without one of these `new_cuda` panics.
    find_library("cuda").map_err(|found| refused(found, "install NVIDIA's driver, or use --device cpu"))?;
    for library in ["cublas", "curand"] {
        let hint = "name the folder of CUDA's libraries in LD_LIBRARY_PATH (scripts/cuda.sh fetches them), or use --device cpu";
        find_library(library).map_err(|found| refused(found, hint))?;
    }
    candle_core::Device::new_cuda(number).map_err(|error| {
        refused(error.to_string(), "see whether `nvidia-smi` lists the GPU, or use --device cpu")
    })
}

/// Makes sure that a library of NVIDIA's can be loaded, or gives what is said of the first of its names.
#[cfg(feature = "cuda")]
fn find_library(library: &str) -> std::result::Result<(), String> {
    // As the loader of candle names them; a driver has no version in its name but 1.
    let names = match (cfg!(windows), library) {
        (true, "cuda") => vec!["nvcuda.dll".to_owned()],
        (true, _) => [13, 12, 11, 10].map(|version| format!("{library}64_{version}.dll")).to_vec(),
        (false, "cuda") => ["libcuda.so.1", "libcuda.so"].map(str::to_owned).to_vec(),
        (false, _) => [".13", ".12", ".11", ".10", ""].map(|end| format!("lib{library}.so{end}")).to_vec(),
    };
    let mut said = None;
    for name in &names {
        // SAFETY: what NVIDIA's library does when it is loaded, it also does when candle loads it.
        match unsafe { libloading::Library::new(name) } {
            Ok(_) => return Ok(()),
            Err(error) => said = said.or(Some(error.to_string())),
        }
    }
    Err(said.unwrap_or_default())
}

#[cfg(not(feature = "cuda"))]
fn cuda(number: usize) -> Result<candle_core::Device> {
    Err(Device::Cuda(number).not_built())
}

#[cfg(feature = "metal")]
fn metal() -> Result<candle_core::Device> {
    candle_core::Device::new_metal(0)
        .map_err(|error| refused(Device::Metal, error.to_string(), "use --device cpu"))
}

#[cfg(not(feature = "metal"))]
fn metal() -> Result<candle_core::Device> {
    Err(Device::Metal.not_built())
}

#[cfg(any(feature = "cuda", feature = "metal"))]
fn refused(device: Device, found: String, hint: &'static str) -> Error {
    Error::Absent { expected: format!("the device {device}"), found, hint }
}
