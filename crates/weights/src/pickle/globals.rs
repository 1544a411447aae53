use super::value::{Function, Value};
use crate::error::{Result, WeightsError};
use crate::kind::Kind;
use crate::quoted::quoted;

/// The value of a name that a state dict needs; any other is an error.
pub(super) fn global(module: &str, name: &str) -> Result<Value> {
    Ok(match (module, name) {
        ("collections", "OrderedDict") => Value::Function(Function::OrderedDict),
        ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Value::Function(Function::RebuildTensor),
        ("torch._utils", "_rebuild_parameter") => Value::Function(Function::RebuildParameter),
        ("torch", "FloatStorage") => Value::StorageType(Kind::F32, 4),
        ("torch", "HalfStorage") => Value::StorageType(Kind::F16, 2),
        ("torch", "BFloat16Storage") => Value::StorageType(Kind::Bf16, 2),
        ("torch", "DoubleStorage") => Value::StorageType(Kind::F64, 8),
        ("torch", "LongStorage") => Value::StorageType(Kind::Other, 8),
        ("torch", "IntStorage") => Value::StorageType(Kind::Other, 4),
        ("torch", "ShortStorage") => Value::StorageType(Kind::Other, 2),
        ("torch", "ByteStorage" | "CharStorage" | "BoolStorage") => Value::StorageType(Kind::Other, 1),
        _ => return Err(WeightsError::Code(quoted(&format!("{module}.{name}")))),
    })
}
