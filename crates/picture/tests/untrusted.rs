//! Files that nobody should trust: what they cost in memory and in time.
//!
//! On wasm32 an allocation that fails ends the worker, so an allocator counts here what the
//! decoders ask for. `tests/wasm` decodes the same damaged files on wasm32 itself.

mod damage;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use negah_network::{Channel, CropMode, Preprocessing};
use negah_picture::{MAX_BYTES, Picture, PictureError, decode};

/// The bytes that live now, the most that lived, and the longest allocation.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static LONGEST: AtomicUsize = AtomicUsize::new(0);
/// The counts are those of one test at a time.
static TURN: Mutex<()> = Mutex::new(());

/// The system's allocator, counted.
struct Counted;

#[expect(unsafe_code, reason = "an allocator is unsafe to implement; this one hands every call on")]
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

fn count(size: usize) {
    LONGEST.fetch_max(size, Ordering::Relaxed);
    let live = LIVE.fetch_add(size, Ordering::Relaxed) + size;
    PEAK.fetch_max(live, Ordering::Relaxed);
}

/// What decoding took.
struct Cost {
    longest: usize,
    peak: usize,
    time: Duration,
}

fn measured(bytes: &[u8]) -> (Result<Picture, PictureError>, Cost) {
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    LONGEST.store(0, Ordering::Relaxed);
    let start = Instant::now();
    let result = decode(bytes);
    let time = start.elapsed();
    let peak = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    (result, Cost { longest: LONGEST.load(Ordering::Relaxed), peak, time })
}

/// Decodes and checks the bounds that hold for every file.
#[track_caller]
fn bounded(name: &str, bytes: &[u8]) -> Result<Picture, PictureError> {
    let (result, cost) = measured(bytes);
    assert!(cost.longest as u64 <= MAX_BYTES, "{name}: one allocation of {} bytes", cost.longest);
    assert!(cost.peak as u64 <= 3 * MAX_BYTES, "{name}: {} bytes at once", cost.peak);
    result
}

fn folder(path: &str) -> Vec<(String, Vec<u8>)> {
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo names the folder of the crate it tests");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(Path::new(&root).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
        .map(|entry| entry.expect("a folder that can be listed").path())
        .filter(|path| path.extension().is_none_or(|ending| ending != "py"))
        .collect();
    paths.sort();
    let name =
        |path: &PathBuf| path.file_name().expect("an entry of a folder has a name").to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read(path).expect("a file that can be read"))).collect()
}

/// What the fuzz target does with the files that it starts from and with those that it once found.
#[test]
fn the_corpus_of_the_fuzz_target() {
    let _turn = TURN.lock();
    let files = folder("../../fuzz/corpus/picture");
    assert!(files.len() > 20, "the corpus has files");
    for (name, bytes) in &files {
        let Ok(picture) = bounded(name, bytes) else { continue };
        for (id, crop) in CropMode::ALL {
            let network = Preprocessing { size: (8, 9), crop, channels: Channel::rgb([0.0; 3], [1.0; 3]).to_vec() };
            let view = picture.view(&network);
            assert_eq!((view.width(), view.height()), (9, 8), "{name}, {id}");
            let part = picture.crop(&network);
            let fits = part.x + part.width <= picture.width() && part.y + part.height <= picture.height();
            assert!(fits && part.width > 0 && part.height > 0, "{name}, {id}: {part:?}");
        }
    }
}

/// `goldens/untrusted` holds files of at most 26 kB that once cost seconds, gigabytes or the
/// worker, and some of public bug reports. None may cost more than a small picture.
#[test]
fn small_files_that_cost_much() {
    let _turn = TURN.lock();
    let files = folder("goldens/untrusted");
    assert!(files.len() > 20, "there are such files");
    for (name, bytes) in &files {
        let (result, cost) = measured(bytes);
        assert!(cost.longest <= 16 << 20, "{name}: one allocation of {} bytes", cost.longest);
        assert!(cost.time < Duration::from_secs(5), "{name}: {:?}", cost.time);
        // `NAME.CODE.ENDING`, where the code is an error's or "accepted".
        let expected = name.split('.').nth(1);
        match result {
            Ok(_) => assert_eq!(expected, Some("accepted"), "{name}"),
            Err(error) => assert_eq!(expected, Some(error.code()), "{name}: {error}"),
        }
    }
}

#[test]
fn damaged_files_take_bounded_memory() {
    let _turn = TURN.lock();
    let mut random = damage::Random::new(1);
    let (mut decoded, mut refused) = (0, 0);
    for number in 0..40_000 {
        let bytes = damage::damaged(&mut random);
        match bounded(&format!("copy {number}"), &bytes) {
            Ok(_) => decoded += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(decoded > 1000 && refused > 1000, "{decoded} decoded, {refused} refused");
}
