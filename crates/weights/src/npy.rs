//! NumPy arrays: one `.npy` file in, values out.
